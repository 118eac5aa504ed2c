import { type Failure, failureOf } from './failure.ts';

/** Keeps what a child threw, in a machine that has the action `keepFailure`. */
export const keepError = {
  type: 'keepFailure' as const,
  params: ({ event }: { event: { error: unknown } }) => failureOf(event.error),
};

/** Keeps a reason that the machine itself knows. */
export const failWith = (code: number, message: string) => ({
  type: 'keepFailure' as const,
  params: (): Failure => ({ code, message }),
});
