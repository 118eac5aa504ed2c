/** Why a process failed, as plain data: the code of `docs/errors.md` and a sentence for a person. */
export interface Failure {
  readonly code: number;
  readonly message: string;
}

/** Any thrown value as a failure. What carries no code of ours is 1000, an internal error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return { code: typeof code === 'number' ? code : 1000, message: error.message };
  }
  return { code: 1000, message: String(error) };
}
