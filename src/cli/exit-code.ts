import { MusterError } from '../protocol/errors.ts';

/** How `muster` ends. Scripts may rely on these numbers. */
export const ExitCode = {
  ok: 0,
  /** It failed, or what was compared differs. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The configuration of the node is wrong or cannot be read. */
  configuration: 3,
  /** The daemon that was to be asked is not running. */
  notRunning: 4,
  /** The home is in use by another node. */
  inUse: 5,
} as const;

/** For `--help`. */
export const exitCodesHelp = `
Exit codes:
  0  done; nothing differs
  1  failed, or something differs
  2  the command line is wrong
  3  the configuration is wrong or cannot be read
  4  no daemon is running on this home
  5  another daemon is running on this home
`;

const CODES: Readonly<Record<number, number>> = {
  2005: ExitCode.notRunning,
  3004: ExitCode.configuration,
  3005: ExitCode.configuration,
  3006: ExitCode.configuration,
  3012: ExitCode.notRunning,
  3117: ExitCode.inUse,
  3118: ExitCode.configuration,
  3404: ExitCode.configuration,
  3413: ExitCode.configuration,
};

/** The exit code that tells of an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return ExitCode.usage;
  return error instanceof MusterError ? (CODES[error.code] ?? ExitCode.failed) : ExitCode.failed;
}

/** The command line can be read, but does not make sense. */
export class UsageError extends Error {}

/** What was asked for is not done, for a reason that a sentence explains. */
export class RefusedError extends Error {}
