import { MusterError } from '../../protocol/errors.ts';

/** Primary result codes of SQLite. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const CORRUPT = 11;
const CANTOPEN = 14;
const CONSTRAINT = 19;
const NOTADB = 26;

/** Codes of the table of errors; any other failure of the database is 3206. */
const CODES: Readonly<Record<number, number>> = {
  [BUSY]: 3204,
  [LOCKED]: 3204,
  [READONLY]: 3203,
  [CORRUPT]: 3202,
  [NOTADB]: 3202,
  [CANTOPEN]: 3206,
};
/** The primary code is the low byte of an extended one. */
const PRIMARY_MASK = 0xff;

interface SqliteError extends Error {
  readonly errcode: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';
}

/** Whether another program keeps the database locked. */
export const isLocked = (error: unknown): boolean =>
  isSqliteError(error) && CODES[error.errcode & PRIMARY_MASK] === 3204;

/** Whether a value is not allowed; any other failure is one of the database, and of everything that is written. */
export const isConstraint = (error: unknown): error is Error =>
  isSqliteError(error) && (error.errcode & PRIMARY_MASK) === CONSTRAINT;

/** An error of opening or using the database as one of ours, naming the file. */
export function databaseError(file: string, error: unknown): MusterError {
  if (error instanceof MusterError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const words = error instanceof Error ? error.message : String(error);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return failed(3203, file, words, error);
  if (!isSqliteError(error)) return failed(3206, file, words, error);
  return failed(CODES[error.errcode & PRIMARY_MASK] ?? 3206, file, words, error);
}

function failed(code: number, file: string, words: string, cause: unknown): MusterError {
  return new MusterError(code, words.includes(file) ? words : `${file}: ${words}`, { cause });
}
