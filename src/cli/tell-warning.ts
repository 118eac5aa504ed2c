import type { MusterError } from '../protocol/errors.ts';
import { ExitCode } from './exit-code.ts';
import { printable } from './output.ts';

/** Tells on standard error what is left to do of something that is done; the command ends with the exit code for that. */
export function tellWarning(warning: MusterError): void {
  process.stderr.write(`muster: ${printable(warning.toLog())}\n`);
  process.exitCode = ExitCode.failed;
}
