import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../../src/cli/demo/wait.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

test('the demonstration, played once, ends with equal sets and agents, exit code 0 and a report, and leaves nothing behind', async () => {
  const folder = temporaryFolder();
  const { code, stdout, stderr } = await runMuster(
    ['demo', '--once', '--workers', '2', '--files', '40', '--agents', '50', '--json'],
    { TMPDIR: folder },
  );
  const report = JSON.parse(stdout);
  assert.deepEqual(
    report.steps.filter((step: { failure: string | null }) => step.failure !== null),
    [],
  );
  assert.deepEqual(report.differences, { worker1: [], worker2: [] });
  assert.deepEqual(report.agentDifferences, []);
  assert.equal(report.agents, 50);
  assert.equal(report.steps.filter((step: { kind: string }) => step.kind === 'agents').length, 3);
  assert.equal(report.equal, true);
  assert.equal(code, 0, stderr);
  assert.deepEqual(readdirSync(folder), []);
});

test('without a terminal the live demonstration tells what runs where, its first sync, each change in a line, and its agents, and starts again who is killed', async () => {
  const { child, folder } = startDemo();
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  await waitUntil('a change has arrived', async () => /edit etc\/rules.*worker1 \d/.test(out), {
    timeoutMs: 60_000,
  });
  const [demo = ''] = readdirSync(folder);
  assert.match(
    out,
    new RegExp(
      [
        `^A cluster in ${join(folder, demo)}\\. SIGINT or SIGTERM ends it`,
        'Starting the master and its workers.*\\n',
        'The live page: http://127\\.0\\.0\\.1:\\d+/ {2}user admin, password [\\w-]{24}',
        'The HTTP API: {2}http://127\\.0\\.0\\.1:\\d+/docs\\n',
        'NODE +ROLE +PROCESS +FILES +DIGEST +IN STEP +LAST SYNC',
        'master +master +\\d+ +\\d+ +[0-9a-f]{12} +yes +—',
        'worker1 +worker +\\d+ +\\d+ +[0-9a-f]{12} +yes +synced in .*\\n',
        'More agents, from another terminal:',
        '.* muster agents simulate --count 10000 .*/master',
        '.*/worker1\\n',
        'Changes on the master, and when each worker had them:',
        ' {2}edit etc/rules/.* → +worker1 \\d',
      ].join('.*\\n'),
    ),
  );
  await waitUntil(
    'the master knows of agents',
    async () => /worker1 \d+ \(the master knows [1-9]/.test(out),
    {
      timeoutMs: 60_000,
    },
  );
  const pid = Number(/worker1 +worker +(\d+)/.exec(out)?.[1]);
  process.kill(pid, 'SIGKILL');
  await waitUntil(
    'the worker to be told of as gone',
    async () => /worker1 has ended; it is started again/.test(out),
    { timeoutMs: 60_000 },
  );
  const before = out.length;
  await waitUntil(
    'a change at the worker that runs again',
    async () => /worker1 \d/.test(out.slice(before)),
    {
      timeoutMs: 60_000,
    },
  );
  await endAndCheck(child, folder, 'SIGTERM');
});

test('ports of --inspect that there are not are refused before anything starts', async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await runMuster(['demo', '--once', '--workers', '2', '--inspect=65534'], {
    TMPDIR: folder,
  });
  assert.equal(code, 2);
  assert.match(stderr, /behind 65534 there are no 2 more ports/);
  assert.deepEqual(readdirSync(folder), []);
});

test('an interrupted demonstration ends its processes and removes its folder', async () => {
  const { child, folder } = startDemo();
  await waitUntil('the master runs', async () => logFiles(folder).length > 0, { timeoutMs: 60_000 });
  await endAndCheck(child, folder, 'SIGINT');
});

function startDemo(): { child: ChildProcess; folder: string } {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, [MAIN, 'demo', '--workers', '1', '--files', '20'], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  after(() => child.kill('SIGKILL'));
  return { child, folder };
}

async function endAndCheck(child: ChildProcess, folder: string, signal: NodeJS.Signals): Promise<void> {
  const pids = childrenOf(child.pid ?? 0);
  assert.ok(pids.length > 0);
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
  assert.deepEqual(readdirSync(folder), []);
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}/exe`), `process ${pid} is gone`);
}

/** The logs are there as soon as the nodes are. */
function logFiles(folder: string): string[] {
  return readdirSync(folder)
    .flatMap((demo) => ['master', 'worker1'].map((node) => join(folder, demo, node, 'logs/cluster.log')))
    .filter((path) => existsSync(path));
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}
