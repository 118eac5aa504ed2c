import { fileSystemError } from '../config/system-words.ts';
import { ExitCode } from './exit-code.ts';

/**
 * Ends the process when what it says cannot be written: without a word where a reader has seen enough (`muster --help | head`),
 * and with one on standard error, behind `prefix`, where standard output is on a full disk, say.
 */
export function endWithoutOutput(prefix: string): void {
  onFault(process.stdout, (error) => {
    process.stderr.write(`${prefix}${fileSystemError('standard output', error).toLog()}\n`);
  });
  // There is nowhere left to say it.
  onFault(process.stderr, () => {});
}

function onFault(stream: NodeJS.WriteStream, tell: (error: Error) => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    tell(error);
    process.exit(ExitCode.failed);
  });
}
