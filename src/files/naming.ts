import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { systemMessage } from './ports.ts';

/**
 * Does what the file system may refuse. Its own words often name no file, or one of ours, while people know the file
 * that it is for. Throws 3119, naming that.
 */
export function naming<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw named(file, error);
  }
}

/** What the file system says, as an error that names the file; an error of ours says it all. */
export const named = (file: string, error: unknown): MusterError =>
  error instanceof MusterError ? error : new MusterError(3119, systemMessage(file, error), { cause: error });

/** 3001: a package could not be written, and what to do about it. */
export const notWritten = (file: string, error: unknown): MusterError =>
  new MusterError(3001, `${file}: ${systemWords(error)}`, { cause: error });
