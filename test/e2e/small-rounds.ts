import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from './cluster.ts';

/** Runs in a mount namespace of its own; see full-disk.test.ts. */
const [base = ''] = process.argv.slice(2);
const FILE_BYTES = 2 * 1_048_576;
const FILES = 6;
/** Room for all files and two more, beside what a worker has anyway: not for all files twice. */
const DISK = 'size=20m';
const DEADLINE_MS = 30_000;

const cluster = await Cluster.create(0, base);
const home = join(cluster.directory, 'worker1');
mkdirSync(home);
execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'none', home]);
try {
  const worker = await cluster.addWorker('worker1');
  cluster.configure({ intervals: { communication: { min_zip_size: FILE_BYTES } } });
  const rules = join(cluster.master.home, 'etc/rules');
  /** All at once, as far as the master can see. */
  const publish = (name: string) => {
    for (let i = 0; i < FILES; i += 1) cluster.write(`${name}/${i}`, randomBytes(FILE_BYTES));
    renameSync(rules, join(cluster.master.home, `before-${name}`));
    renameSync(join(cluster.master.home, name), rules);
  };
  rmSync(rules, { recursive: true, force: true });
  mkdirSync(rules);
  publish('first');
  cluster.start();
  await cluster.inStep([worker], DEADLINE_MS);
  publish('second');
  await cluster.inStep([worker], DEADLINE_MS);
} finally {
  await cluster.close().catch(() => {
    // The home is a mount: it goes with the namespace.
  });
}
