import { relative } from 'node:path';
import { inspect } from 'node:util';

/** What of the events of `node:test` is reported. */
type TestEvent =
  | { type: 'test:summary'; data: { file?: string; counts: Counts; duration_ms: number; success: boolean } }
  | { type: 'test:fail'; data: Failed }
  | { type: 'test:stderr'; data: { message: string } }
  | { type: 'test:diagnostic'; data: { message: string; nesting: number; file?: string } };

interface Counts {
  tests: number;
  failed: number;
  skipped: number;
}

interface Failed {
  name: string;
  nesting: number;
  file?: string;
  line?: number;
  details: { error: Error & { cause?: unknown; failureType?: string } };
}

/** Node's own names of the counts that it tells at the end. */
const CLOSING = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/**
 * One line for each file, then every failure in full, then the counts of `node --test` in the form `# pass N`. Thousands
 * of paths through the machines are tests of their own: one line for each would bury what failed.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: Failed[] = [];
  const counts: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:stderr') yield data.message;
    // A suite fails because of a test in it, which is told by itself.
    if (type === 'test:fail' && data.details.error.failureType !== 'subtestsFailed') failures.push(data);
    if (type === 'test:diagnostic' && CLOSING.test(data.message)) counts.push(`# ${data.message}\n`);
    if (type === 'test:summary' && data.file !== undefined) yield lineOf(data, data.file);
  }
  for (const failure of failures) yield textOf(failure);
  yield `\n${counts.slice(-CLOSING_LINES).join('')}`;
}

const CLOSING_LINES = 8;
const MS_PER_SECOND = 1000;

function lineOf(
  { counts, duration_ms, success }: (TestEvent & { type: 'test:summary' })['data'],
  file: string,
) {
  const seconds = (duration_ms / MS_PER_SECOND).toFixed(1).padStart(5);
  const notes = [
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.skipped > 0 ? `${counts.skipped} skipped` : '',
  ].filter((note) => note !== '');
  const told = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  return `${success ? 'ok  ' : 'FAIL'} ${seconds} s ${String(counts.tests).padStart(5)} tests  ${where(file)}${told}\n`;
}

function textOf({ name, file, line, details: { error } }: Failed): string {
  const at = file === undefined ? '' : `${where(file)}:${line ?? 0}\n`;
  return `\nFAIL ${name}\n${at}${inspect(error.cause ?? error)}\n`;
}

const where = (file: string) => relative(process.cwd(), file);
