/** Why a process failed, as plain data: the code of `docs/errors.md` and a sentence for a person. */
export interface Failure {
  readonly code: number;
  readonly message: string;
}

const INTERNAL = 1000;
const FILE_SYSTEM = 3119;

/** Where a failure has to be told and nobody kept it. */
export const UNKNOWN: Failure = { code: INTERNAL, message: 'unknown' };

/** Any thrown value as a failure: with its own code, 3119 for what the operating system refused, 1000 for the rest. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: INTERNAL, message: String(error) };
  const { code, syscall, path } = error as { code?: unknown; syscall?: unknown; path?: unknown };
  if (typeof code === 'number') return { code, message: error.message };
  if (typeof syscall !== 'string') return { code: INTERNAL, message: error.message };
  const where = typeof path === 'string' && !error.message.includes(path) ? `${path}: ` : '';
  return { code: FILE_SYSTEM, message: `${where}${error.message}` };
}
