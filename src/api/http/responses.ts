import { errorEnvelope } from './envelope.ts';
import { ERROR_STATUSES, titleOf } from './status.ts';

const failures = Object.fromEntries(
  ERROR_STATUSES.map((status) => [
    status,
    {
      description: titleOf(status),
      content: { 'application/json': { schema: errorEnvelope } },
    },
  ]),
);

/** The answers of an endpoint with those that every endpoint has: what fails, by its status. */
export const withErrors = <R extends object>(responses: R): R & Record<number, unknown> => ({
  ...failures,
  ...responses,
});
