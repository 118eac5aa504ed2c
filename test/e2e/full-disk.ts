import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fillDisk } from '../harness/fill-disk.ts';
import { Cluster, waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';

/** Runs in a mount namespace of its own; see full-disk.test.ts. */
const [base = ''] = process.argv.slice(2);
const FILE_BYTES = 4 * 1_048_576;
/** Room for five such files, whoever has them, beside what a worker has anyway. */
const DISK = 'size=23m';

/** Less than the room for one more file than the next set has: a disk that is full of this alone stays so. */
const MAX_FILLER_BYTES = 3 * 1_048_576;

const DEADLINE_MS = 60_000;

/**
 * Stops a worker whose round has failed, and that has not begun another. Of a set that changes within a round it may take
 * what has not changed: then it would hold files for which the next set needs the room.
 */
function isBetweenRounds(worker: NodeProcess): boolean {
  const count = (words: string) => worker.output.split(words).length - 1;
  const failures = count('Failed after');
  const isBetween = failures > 0 && failures === count('"Integrity sync","msg":"Starting.');
  if (isBetween) worker.signal('SIGSTOP');
  return isBetween;
}

const cluster = await Cluster.create(0, base);
const home = join(cluster.directory, 'worker1');
mkdirSync(home);
execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'none', home]);
try {
  const worker = await cluster.addWorker('worker1');
  const rules = join(cluster.master.home, 'etc/rules');
  /** All at once, as far as the master can see. */
  const publish = (name: string, count: number, first: number) => {
    for (let i = 0; i < count; i += 1) cluster.write(`${name}/${i}`, Buffer.alloc(FILE_BYTES, first + i));
    if (existsSync(rules)) renameSync(rules, join(cluster.master.home, `old-${name}`));
    renameSync(join(cluster.master.home, name), rules);
  };
  rmSync(rules, { recursive: true, force: true });
  publish('too-much', 7, 1);
  cluster.start();
  await waitFor(
    'a round to fail for want of room',
    () => isBetweenRounds(worker),
    DEADLINE_MS,
    () => worker.output,
  );
  assert.match(worker.output, /the disk is full: make room \(ENOSPC\)/);
  assert.ok(!existsSync(join(worker.home, 'etc/rules/0')), 'a set that has no room is not there in part');
  // So that not even a list of files can be written.
  fillDisk(join(worker.home, 'filler'), MAX_FILLER_BYTES);
  const { digest } = await cluster.status(cluster.master);
  publish('other', 4, 101);
  const isPublished = async () => (await cluster.status(cluster.master)).digest !== digest;
  await waitFor('the other set to be published', isPublished, DEADLINE_MS);
  worker.signal('SIGCONT');
  await cluster.inStep([worker], DEADLINE_MS);
} finally {
  await cluster.close().catch(() => {
    // The home is a mount: it goes with the namespace.
  });
}
