import { CommanderError } from 'commander';
import { fileSystemError, systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { ExitCode, exitCodeOf, RefusedError } from './exit-code.ts';
import { endWithoutOutput } from './output-faults.ts';
import { buildProgram } from './program.ts';
import { exitCodeOfCommander, runCommandLine } from './usage.ts';

/** Runs the command line and returns the exit code. Errors are words on standard error, never a stack. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await runCommandLine(buildProgram(), args);
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOfCommander(error);
    process.stderr.write(`muster: ${words(error)}\n`);
    return exitCodeOf(error);
  }
}

function words(error: unknown): string {
  if (error instanceof MusterError) return error.toLog();
  if (error instanceof RefusedError) return error.message;
  // What the system says of a file that somebody named.
  if (isSystemError(error)) return asFileError(error).toLog();
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';

const asFileError = (error: NodeJS.ErrnoException): MusterError =>
  error.path === undefined ? new MusterError(3119, systemWords(error)) : fileSystemError(error.path, error);

if (import.meta.main) {
  endWithoutOutput('muster: ');
  process.exitCode = await main(process.argv.slice(2));
}
