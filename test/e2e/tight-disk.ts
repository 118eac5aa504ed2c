import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from './cluster.ts';

/** Runs in a mount namespace of its own; see full-disk.test.ts. */
const [base = ''] = process.argv.slice(2);
/** Small enough to travel in packages, and of a content that does not compress. */
const FILE_BYTES = 900_000;
const FILES = 14;
/** Room for all of them once and for one package, beside what a worker has anyway, but not for all packages. */
const DISK = 'size=24m';
const DEADLINE_MS = 30_000;

const cluster = await Cluster.create(0, base);
const home = join(cluster.directory, 'worker1');
mkdirSync(home);
execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'none', home]);
try {
  const worker = await cluster.addWorker('worker1');
  for (let i = 0; i < FILES; i += 1) cluster.write(`etc/rules/${i}`, randomBytes(FILE_BYTES));
  cluster.start();
  await cluster.inStep([worker], DEADLINE_MS);
} finally {
  await cluster.close().catch(() => {
    // The home is a mount: it goes with the namespace.
  });
}
