import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const LOG = fileURLToPath(new URL('../../src/observe/log.ts', import.meta.url));
const LINES = 2_000;

/** Logs many lines and ends at once, in the way that the last statement says. */
function logAndEnd(home: string, last: string): Promise<string> {
  const script = `
    import { createLogger } from ${JSON.stringify(LOG)};
    const log = createLogger({ level: 'info', home: ${JSON.stringify(home)}, terminal: 'look' });
    const tagged = log.tagged('Master', 'Main');
    for (let n = 1; n <= ${LINES}; n += 1) tagged.info('line ' + n);
    ${last};`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.on('error', reject);
    child.on('close', () => resolve(out));
  });
}

for (const [how, last, alsoOut] of [
  ['process.exit', 'process.exit(0)', true],
  ['an exception that nobody caught', 'throw new Error("on purpose")', true],
  [
    'kill -9 (what was given to the file is in it; a pipe may lack the end)',
    'process.kill(process.pid, "SIGKILL")',
    false,
  ],
] as const) {
  test(`no line is lost when the process ends by ${how}`, async () => {
    const home = mkdtempSync(join(tmpdir(), 'muster-exit-'));
    after(() => rmSync(home, { recursive: true, force: true }));
    const out = await logAndEnd(home, last);
    const file = readFileSync(join(home, 'logs/cluster.log'), 'utf8').trimEnd().split('\n');
    assert.equal(file.length, LINES);
    assert.match(file.at(-1) ?? '', new RegExp(`line ${LINES}$`));
    if (alsoOut) assert.equal(out.trimEnd().split('\n').length, LINES);
  });
}
