import type { z } from 'zod';
import { MusterError } from '../errors.ts';

/** Of a path within arguments and of a reason, what is told. */
const MAX_TOLD_CHARS = 200;

/** The value as its schema yields it. Throws 3108 that names the first field that is wrong; `what` begins the detail. */
export function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new MusterError(3108, `${what}: ${firstIssue(result.error)}`);
}

/** Keys are a peer's words: what a terminal could take for a command is left out. */
function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not as expected';
  const where = issue.path.map(String).join('.');
  const text = where === '' ? issue.message : `${where}: ${issue.message}`;
  return text
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, MAX_TOLD_CHARS)
    .toWellFormed();
}
