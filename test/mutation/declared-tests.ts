/**
 * Stands in for `node:test` where many trials share a process: it takes what test files declare, and runs it until
 * something fails. It has what tests of machines use; a file that wants more fails without a mutant too, and is told.
 */
type Body = (context: Context) => unknown;

interface Context {
  readonly after: (hook: () => unknown) => void;
  readonly diagnostic: (message: string) => void;
}

interface Declared {
  readonly title: string;
  readonly body: Body;
}

const declared: Declared[] = [];
const atEnd: (() => unknown)[] = [];

export function describe(_title: string, body: () => unknown): void {
  if (body() instanceof Promise) throw new TypeError('a suite that is declared over time cannot be run here');
}

export function it(...args: readonly unknown[]): void {
  const body = args.find((arg) => typeof arg === 'function') as Body | undefined;
  const options = args.find((arg) => typeof arg === 'object' && arg !== null) as
    | { skip?: unknown }
    | undefined;
  if (body !== undefined && !options?.skip) declared.push({ title: String(args[0]), body });
}

export const test = it;
export default it;
export const suite = describe;

export function after(hook: () => unknown): void {
  atEnd.push(hook);
}

/** A test that failed, by its title; the error is its cause. */
export class FailedTest extends Error {
  override readonly name = 'FailedTest';
}

/** Runs what a file declares, in its order, but tests of one title last. Throws `FailedTest` with the first that fails. */
export async function runFile(url: string, lastTitle: string): Promise<void> {
  declared.length = 0;
  try {
    await import(url);
    const isLast = ({ title }: Declared) => Number(title === lastTitle);
    for (const one of declared.toSorted((a, b) => isLast(a) - isLast(b))) await runOne(one);
  } finally {
    for (const hook of atEnd.splice(0)) await hook();
  }
}

async function runOne({ title, body }: Declared): Promise<void> {
  const hooks: (() => unknown)[] = [];
  try {
    await body({ after: (hook) => hooks.push(hook), diagnostic: () => {} });
  } catch (error) {
    throw new FailedTest(title, { cause: error });
  } finally {
    for (const hook of hooks) await hook();
  }
}
