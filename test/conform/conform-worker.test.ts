import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConformReport, showsConformance } from '../../src/conform/report.ts';
import type { Target } from '../../src/conform/target.ts';
import { type ConformWorkerOptions, conformWorker } from '../../src/conform/worker/conform-worker.ts';
import { freePort } from '../e2e/cluster.ts';
import { departures } from './scripted-trial.ts';
import { ScriptedWorker, type WorkerFaults } from './scripted-worker.ts';

const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';
/** Long enough for a machine that does much else. */
const TIMES = { timeoutMs: 10_000, watchMs: 200, patienceMs: 5_000 };
const OF_SCRIPT = /^conform-worker-(?:hello|session|keepalive)/;

/** What is found at a scripted worker. */
async function conformTo(
  faults: WorkerFaults,
  only = OF_SCRIPT,
  options: ConformWorkerOptions = {},
  change: Partial<Target> = {},
): Promise<ConformReport> {
  const port = await freePort();
  const worker = new ScriptedWorker(port, faults);
  const target = {
    host: '127.0.0.1',
    port,
    dialect: 'muster' as const,
    key: KEY,
    cluster: 'wazuh',
    isPlain: true,
    release: '4.7.5',
    ...change,
  };
  try {
    worker.start();
    return await conformWorker(target, { ...TIMES, only, ...options });
  } finally {
    worker.stop();
  }
}

describe('a worker that departs in one point', () => {
  it('does not depart without it', async () => {
    const report = await conformTo({});
    assert.deepEqual(departures(report), []);
    assert.ok(report.paths.length > 20);
    assert.equal(report.lost, null);
    assert.deepEqual([report.role, report.worker, report.workerVersion], ['worker', 'scripted', '1']);
  });

  it('is told of when it answers a keepalive with other words', async () => {
    assert.deepEqual(departures(await conformTo({ keepalive: 'alive' })), [
      {
        steps: ['say.echo-m'],
        at: 2,
        state: 'asked.whetherAlive',
        allowed: ['asked: hear.ok → admitted'],
        expected: ['ok'],
        got: 'ok {"data":"alive"} to echo-m',
        section: 'Keepalives',
      },
    ]);
  });

  it('is told of when it refuses what it does not know by another code', async () => {
    const found = departures(await conformTo({ unknownCode: 3100 }, /session/));
    assert.deepEqual(
      found.map(({ steps, expected, got }) => [steps[0], expected, got]),
      [
        ['say.no_such', ['err 3109'], 'err 3100 (no_such)'],
        ['say.syn_i_w_m', ['err 3109'], 'err 3100 (syn_i_w_m)'],
      ],
    );
  });

  it('is told of when its sessions are not newer than those before', async () => {
    const found = departures(
      await conformTo({ keepsSession: true }, /hello: do\.await, hear\.hello, say\.ok\.hello, do\.drop/),
    );
    assert.match(found[0]?.got ?? '', /the request hello .*"session":1/);
  });

  it('is told of when it stays though it was refused', async () => {
    const found = departures(await conformTo({ staysRefused: true }, /hello: .*otherCluster/));
    assert.deepEqual(
      found.map(({ expected, got }) => [expected, got]),
      [[['the connection closed'], 'nothing in time']],
    );
  });

  it('is told of when it stays though nobody answers its keepalives well', async () => {
    const found = departures(await conformTo({ trustsSilence: true }, /keepalive/));
    assert.deepEqual(
      found.map(({ steps, got }) => [steps.at(-1), got]),
      [['hear.closed', 'nothing in time']],
    );
  });
});

describe('a worker that cannot be walked to the end', () => {
  it('is left when it does not come back, with what was found until then', async () => {
    const { paths, lost } = await conformTo({ connections: 5 }, OF_SCRIPT, { patienceMs: 100 });
    assert.match(
      lost ?? '',
      /3023.*nobody has connected to 127\.0\.0\.1:\d+ in time.*: the worker went away/,
    );
    assert.ok(paths.length >= 2 && paths.length <= 6, `${paths.length} paths`);
  });

  it('is told of path by path, with how many are left', async () => {
    const left: number[] = [];
    const { paths } = await conformTo({}, /session: say\.echo/, { onPath: (_, more) => left.push(more) });
    assert.deepEqual(left, [...paths.keys()].reverse());
  });

  it('is told of when nobody comes at all: 3023', async () => {
    await assert.rejects(conformTo({ connections: 0 }, OF_SCRIPT, { patienceMs: 100 }), { code: 3023 });
  });

  it('is told of when it is of another cluster: 3030', async () => {
    const wrong = conformTo({ cluster: 'elsewhere' }, OF_SCRIPT, { patienceMs: 100 });
    await assert.rejects(wrong, { code: 3030, message: /elsewhere/ });
  });

  it('is told of when it speaks another dialect: 3100, and what to look at', async () => {
    const wrong = conformTo({}, OF_SCRIPT, { patienceMs: 5_000 }, { dialect: 'wazuh4' });
    await assert.rejects(wrong, { code: 3100, message: /says no hello by wazuh4.*--dialect muster/ });
  });

  it('is told of when its handshake fails, as with another key: 3023, and who that was', async () => {
    const wrong = conformTo({}, OF_SCRIPT, { patienceMs: 300 }, { isPlain: false });
    await assert.rejects(wrong, { code: 3023, message: /127\.0\.0\.1:\d+ was not let in: Error 31/ });
  });

  it('is told of once for each thing that it does not do by itself, and is not given up for that', async () => {
    const only = /conform-worker-(?:keepalive|integrity: hear|rounds|agent-info)/;
    const report = await conformTo({ isIdle: true }, only, { idleTimeoutMs: 100, hasAgents: true });
    assert.deepEqual(
      departures(report).map(({ steps, at, expected, got }) => [steps[0], at, expected, got]),
      ['echo-c', 'syn_i_w_m_p', 'syn_a_w_m_p'].map((command) => [
        `hear.${command}`,
        1,
        [`the request ${command}`],
        'nothing within 0.1 s',
      ]),
    );
    assert.equal(report.paths.length, 3);
    assert.ok(report.notWalked.length > 20);
    for (const { why } of report.notWalked) assert.match(why, /see the path that departs there/);
    assert.equal(report.lost, null);
    assert.equal(showsConformance(report), false);
  });

  it('need not tell of agents, but that shows nothing', async () => {
    const report = await conformTo({}, /agent-info/);
    assert.deepEqual(report.paths, []);
    for (const { why } of report.notWalked)
      assert.match(why, /nothing to tell of agents while it was watched/);
    assert.equal(showsConformance(report), false);
  });

  it('is waited for in words: who, where, and for how long', async () => {
    const waits = new Set<string>();
    await conformTo({}, /conform-worker-hello: .*say\.bye/, {
      aroundWait: (what, timeoutMs, work) => {
        waits.add(`${what.replace(/\d+$/, 'PORT')}, ${timeoutMs}`);
        return work;
      },
    });
    const [first, ...others] = waits;
    assert.match(first ?? '', /^a worker to connect to 127\.0\.0\.1:PORT, /);
    for (const wait of others) assert.match(wait, /^scripted to connect to 127\.0\.0\.1:PORT, 5000/);
  });
});
