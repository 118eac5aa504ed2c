import Table from 'cli-table3';

/** Without lines: tables that can be read, and cut by other programs. */
const PLAIN_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table with a heading, as text without a line end. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: [...head],
    chars: PLAIN_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  drawn.push(...rows.map((row) => row.map(printable)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * The same, line by line, for lists of any length: drawing takes longer the longer a table is. Characters count as one
 * column each.
 */
export function* tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Generator<string> {
  const widths = head.map((name) => name.length);
  for (const row of rows) {
    for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, text.length);
  }
  for (const row of [head, ...rows]) {
    const cells = row.map((text, index) => printable(text).padEnd(widths[index] ?? 0));
    yield cells.join(PLAIN_LINES.middle).trimEnd();
  }
}

/** What other nodes said must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Lines of any number: others have their turn between, and a slow reader is waited for. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  let part: string[] = [];
  for (const line of lines) {
    part.push(line);
    if (part.length < LINES_OF_PART) continue;
    await written(part);
    part = [];
  }
  if (part.length > 0) await written(part);
}

const LINES_OF_PART = 1_000;

function written(lines: readonly string[]): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${lines.join('\n')}\n`, () => setImmediate(resolve)));
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Whether a worker has the files of its master, as far as that one knows. */
export function inStepWord(inStep: boolean | null): string {
  if (inStep === null) return '?';
  return inStep ? 'yes' : 'no';
}

/** A digest for people: its beginning tells sets apart. */
export function shortDigest(digest: string | null | undefined): string {
  return digest ? digest.slice(0, 12) : '—';
}

/** `3s`, `5m 20s`, `2h 3m`, `4d 1h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [d, h, m] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (d > 0) return `${d}d ${h}h`;
  if (h > 0) return `${h}h ${m}m`;
  return m > 0 ? `${m}m ${whole % 60}s` : `${whole}s`;
}

/** A failure as the log of its node tells it. */
export function describeFailure({ code, message }: { code: number; message: string }): string {
  return `Error ${code} - ${message}`;
}
