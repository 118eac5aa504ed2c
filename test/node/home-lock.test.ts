import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { lockHome, servingProcess } from '../../src/node/home-lock.ts';
import { waitFor } from '../harness/wait-for.ts';

/** Above every process number that Linux gives. */
const DEAD_PID = 2 ** 22 + 1;
const THREADS = 3;
const ROUNDS = 150;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muster-lock-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function homeWith(lock: string | null, name = 'home'): string {
  const home = join(root, name);
  mkdirSync(join(home, 'var/run'), { recursive: true });
  if (lock !== null) writeFileSync(join(home, 'var/run/muster.lock'), lock);
  return home;
}
const dead = JSON.stringify({ pid: DEAD_PID, startTicks: '1' });
const left = (home: string) => readdirSync(join(home, 'var/run'));

describe('the lock of a home', () => {
  test('a process that is dead and not buried holds nothing', async () => {
    // The shell becomes a program that never asks after the child it has.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(String(line).trim());
      const program = () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim();
      await waitFor('the shell to be another program', () => program() === 'sleep');
      process.kill(pid, 'SIGKILL');
      const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      await waitFor('the child to be dead', () => stat()[0] === 'Z');
      const home = homeWith(JSON.stringify({ pid, startTicks: stat()[19], lock: 'x' }));
      lockHome(home)();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  test('a home is taken once, and can be taken again when it was given back', () => {
    const home = homeWith(null);
    const unlock = lockHome(home);
    assert.throws(() => lockHome(home), { code: 3117 });
    assert.deepEqual(left(home), ['muster.lock']);
    unlock();
    assert.deepEqual(left(home), []);
    lockHome(home)();
  });

  test('what a process left that died, even in the middle of writing, keeps nobody out', () => {
    for (const [index, text] of [dead, '', '{"pid":'].entries()) {
      const home = homeWith(text, `home${index}`);
      lockHome(home);
      assert.deepEqual(left(home), ['muster.lock']);
    }
  });

  test('tells which process serves a home, and believes no lock that another user laid there', (t) => {
    const home = homeWith(null);
    const path = join(home, 'var/run/muster.lock');
    assert.equal(servingProcess(home), null);
    const unlock = lockHome(home);
    assert.equal(servingProcess(home), process.pid);
    const text = readFileSync(path, 'utf8');
    unlock();
    for (const bad of [dead, '', '{"pid":', text.padEnd(5_000)]) {
      writeFileSync(path, bad);
      assert.equal(servingProcess(home), null, bad);
    }
    rmSync(path);
    writeFileSync(join(home, 'elsewhere'), text);
    symlinkSync(join(home, 'elsewhere'), path);
    assert.equal(servingProcess(home), null, 'a link');
    rmSync(path);
    writeFileSync(path, text);
    assert.equal(servingProcess(home), process.pid);
    if (process.getuid?.() !== 0) return t.diagnostic('only root can lay a lock there as another user');
    chownSync(path, 65_534, 65_534);
    assert.equal(servingProcess(home), null, 'of another user');
  });

  test('who gives a home back leaves the lock of somebody else alone', () => {
    const home = homeWith(null);
    const unlock = lockHome(home);
    writeFileSync(join(home, 'var/run/muster.lock'), dead);
    unlock();
    assert.equal(readFileSync(join(home, 'var/run/muster.lock'), 'utf8'), dead);
  });

  test('of many that find the lock of a dead process at the same moment, one gets the home', async () => {
    const homes = Array.from({ length: ROUNDS }, (_, index) => homeWith(dead, `home${index}`));
    const gate = new Int32Array(new SharedArrayBuffer(4 * ROUNDS));
    const workers = Array.from(
      { length: THREADS },
      () =>
        new Worker(new URL('./home-lock-thread.ts', import.meta.url), {
          workerData: { homes, threads: THREADS, gate },
        }),
    );
    const outcomes = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
    for (const [round, home] of homes.entries()) {
      const here = outcomes.map((ofThread) => ofThread[round]).sort();
      assert.deepEqual(here, [3117, 3117, 'taken'], `round ${round}`);
      assert.deepEqual(left(home), ['muster.lock']);
    }
  });
});
