import { MusterError } from '../protocol/errors.ts';

/** What the operating system's refusals mean for a person, and what to do. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that: check owner and permissions',
  EPERM: 'this user may not do that: check owner and permissions',
  ENOTDIR: 'a file stands where a directory is needed: check the path',
  EEXIST: 'a file stands where a directory is needed: check the path',
  EISDIR: 'a directory stands where a file is needed: check the path',
  ENOENT: 'there is no such file or directory',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'the quota of this user is used up: make room',
  EMFILE: 'too many files are open: raise the limit of open files (ulimit -n)',
  EIO: 'the disk fails: look into the log of the system',
  EADDRINUSE: 'another process uses it: stop that one, or choose another port',
  EADDRNOTAVAIL: 'this machine does not have that address: choose another one',
  ELOOP: 'a symbolic link stands there, or links lead in a circle: check the path',
};

/** Words for an error of the operating system, with its code; other errors speak for themselves. */
export function systemWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : WORDS[code];
  return words === undefined ? message : `${words} (${code})`;
}

/** Whether a text tells that there is no room: an error may have come from another thread, and so be a text only. */
export const isDiskFull = (text: string): boolean => /\b(?:ENOSPC|EDQUOT)\b/.test(text);

/** 3119: what the operating system refused of a path, in words. */
export const fileSystemError = (path: string, error: unknown): MusterError =>
  new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
