import { errorTable } from './error-table.ts';

export { type ErrorEntry, errorTable } from './error-table.ts';

/** Longest detail that travels to a peer; longer ones are cut at the end. */
export const MAX_ERROR_DETAIL_CHARS = 2048;

/** The code of failures that carry no code of their own. */
export const INTERNAL_ERROR = 1000;

/** An error as it travels between nodes. The text is not sent: every node has the table. */
export interface WireError {
  readonly code: number;
  readonly detail: string | null;
}

/** `<text of the code>: <detail>`, the way every message reads. */
export function messageOf(code: number, detail: string | null): string {
  const text = errorTable[code]?.text ?? 'Unknown error';
  return detail === null ? text : `${text}: ${detail}`;
}

/** The one error class: a stable code of `docs/errors.md`, and what the case at hand adds. */
export class MusterError extends Error {
  readonly code: number;
  readonly detail: string | null;

  constructor(code: number, detail: string | null = null, options?: { cause?: unknown }) {
    super(messageOf(code, detail), options);
    this.name = 'MusterError';
    this.code = code;
    this.detail = detail;
  }

  /**
   * Any thrown value as a MusterError. What is none but carries a code of the table keeps it, as errors from other
   * threads do; anything else gets `fallbackCode`. Its text becomes the detail, itself the cause.
   */
  static from(error: unknown, fallbackCode: number = INTERNAL_ERROR): MusterError {
    if (error instanceof MusterError) return error;
    const text = error instanceof Error ? error.message : String(error);
    const known = knownCode(error);
    const detail = known === null ? text : detailOf(known, text);
    return new MusterError(known ?? fallbackCode, detail, { cause: error });
  }

  /** Rebuilds an error that a peer sent (and that has been checked against its schema). */
  static fromWire(wire: WireError): MusterError {
    return new MusterError(wire.code, wire.detail);
  }

  /** The form that may be sent: bounded, without stack or cause. */
  toWire(): WireError {
    return { code: this.code, detail: this.detail === null ? null : cutText(this.detail) };
  }

  /** The form in logs: `Error 3020 - No answer in time: echo`. */
  toLog(): string {
    return `Error ${this.code} - ${this.message}`;
  }
}

/** The code of ours that a foreign error object carries; null if it has none. */
function knownCode(error: unknown): number | null {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'number' && Object.hasOwn(errorTable, code) ? code : null;
}

/** What a message says beyond the text of its code. */
function detailOf(code: number, message: string): string | null {
  const text = messageOf(code, null);
  if (message === text) return null;
  return message.startsWith(`${text}: `) ? message.slice(text.length + 2) : message;
}

/** Cuts without splitting a surrogate pair: half a pair cannot be written as UTF-8. */
function cutText(text: string): string {
  return text.slice(0, MAX_ERROR_DETAIL_CHARS).toWellFormed();
}
