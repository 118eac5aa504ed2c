import { MusterError } from '../protocol/errors.ts';

/** What authd refuses, and how it says so. Programs go by the code; the API maps 9007, 9008 and 9012 to its own. */
export const authdErrors = {
  9001: 'Internal error',
  9002: 'Parsing JSON input',
  9003: 'No such function',
  9004: 'No such argument',
  9005: 'No such name',
  9006: 'No such IP',
  9007: 'Duplicate IP',
  9008: 'Duplicate name',
  9009: 'Issue generating key',
  9010: 'No such agent ID',
  9011: 'Agent ID not found',
  9012: 'Duplicate ID',
  9013: 'Maximum number of agents reached',
  9014: 'Invalid Group(s) Name(s)',
} as const;

export type AuthdCode = keyof typeof authdErrors;

/** `{"error":9008,"message":"Duplicate name"}` */
export function refusal(code: AuthdCode): string {
  return failure(code, authdErrors[code]);
}

/** `{"error":0,"data":…}` */
export function success(data: string | object): string {
  return JSON.stringify({ error: 0, data });
}

/** An answer of success, and what has not been done all the same; authd itself has no words for that. */
export function warned(answer: string, warning: MusterError): string {
  return JSON.stringify({ ...(JSON.parse(answer) as object), warning: warning.toWire() });
}

/**
 * Why a message was not carried out: for programs of the original, which go by 9001; for a person, who reads the message;
 * and as it is for those of Muster, which authd itself does not tell.
 */
export function internalError(error: unknown): string {
  const cause = MusterError.from(error);
  return failure(9001, `${authdErrors[9001]}: ${cause.toLog()}`, cause);
}

/** The answer of one that could not pass the message on: `{"error":3023,"message":"Not connected to the master"}`. */
export function unreachable(error: unknown): string {
  const cause = MusterError.from(error);
  return failure(cause.code, cause.message, cause);
}

const failure = (error: number, message: string, cause?: MusterError) =>
  JSON.stringify({ error, message, cause: cause?.toWire() });
