import { createHash, randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import type { FilesConfig } from '../../src/config/node-config.ts';
import { compare } from '../../src/files/compare.ts';
import { FileIndex } from '../../src/files/index.ts';
import { decodeManifest, decodeMetadata, encodeManifest, encodeMetadata } from '../../src/files/manifest.ts';
import { type AcquiredPackage, PackageStore } from '../../src/files/package-store.ts';
import { planTransfer } from '../../src/files/plan.ts';
import { FilePool } from '../../src/files/pool.ts';
import { Staging } from '../../src/files/staging.ts';

/** tmpfs where the machine has one: the file system's share is measured elsewhere. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const MIB = 1024 * 1024;
const THREADS = 2;
const config: FilesConfig = {
  items: [
    {
      key: 'etc/rules/',
      permissions: 0o660,
      files: ['all'],
      recursive: true,
      removeSubdirsIfEmpty: false,
      extraValid: false,
    },
  ],
  excludedFiles: ['ar.conf', 'ossec.conf'],
  excludedExtensions: ['~', '.tmp', '.lock', '.swp'],
};

const rule =
  'A rule-like line that compresses as rules do: <rule id="100001" level="5"><match>denied</match></rule>\n';

interface Work {
  title: string;
  files: number;
  content(i: number): Uint8Array | string;
}
const WORKS: Work[] = [
  {
    title: '10,000 × 4 KiB, text',
    files: 10_000,
    content: (i) => `<!-- ${i} -->\n${rule.repeat(42)}`.slice(0, 4096),
  },
  { title: '10,000 × 4 KiB, random', files: 10_000, content: () => randomBytes(4096) },
  { title: '20 × 20 MiB, random', files: 20, content: () => randomBytes(20 * MIB) },
];

interface Row {
  step: string;
  wallMs: number;
  cpuMs: number;
  /** Longest time that the event loop did not turn. */
  blockedMs: number;
  note: string;
}

/** Does each step of a sync between two homes in this process, without a network, and tells what it took. */
export async function benchFiles(): Promise<void> {
  for (const work of WORKS) {
    const rows = await measure(work);
    const table = new Table({
      head: [work.title, 'wall ms', 'CPU ms', 'loop blocked ms', ''],
      colAligns: ['left', 'right', 'right', 'right', 'left'],
    });
    for (const { step, wallMs, cpuMs, blockedMs, note } of rows) {
      table.push([step, wallMs.toFixed(1), cpuMs.toFixed(1), blockedMs.toFixed(1), note]);
    }
    console.log(table.toString());
  }
}

async function measure(work: Work): Promise<Row[]> {
  const directory = mkdtempSync(join(BASE, 'muster-bench-'));
  const [master, worker] = [join(directory, 'master'), join(directory, 'worker')];
  const pools = [new FilePool({ threads: THREADS }), new FilePool({ threads: THREADS })] as const;
  try {
    for (const home of [master, worker]) {
      mkdirSync(join(home, 'etc/rules'), { recursive: true });
      mkdirSync(join(home, 'queue/cluster'), { recursive: true });
    }
    for (let i = 0; i < work.files; i += 1)
      writeFileSync(join(master, `etc/rules/f${i}.xml`), work.content(i));
    return await steps(master, worker, ...pools);
  } finally {
    for (const pool of pools) await pool.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function steps(master: string, worker: string, masterPool: FilePool, workerPool: FilePool) {
  const rows: Row[] = [];
  const time = <Result>(step: string, run: () => Promise<Result>, note: (result: Result) => string) =>
    timed(rows, step, run, note);
  const masterIndex = new FileIndex({ home: master, config, pool: masterPool });
  const workerIndex = new FileIndex({ home: worker, config, pool: workerPool });
  await workerIndex.scan();
  const read = ({ hashedFiles }: { hashedFiles: number }) => `${hashedFiles} files read`;
  await time('scan, first', () => masterIndex.scan(), read);
  await untilSettled(masterIndex);
  await time('scan, nothing changed', () => masterIndex.scan(), read);
  const [masterFiles, workerFiles] = await Promise.all([masterIndex.list(), workerIndex.list()]);
  const bytes = await time(
    'metadata: encode',
    async () => encodeMetadata(masterFiles),
    ({ length }) => `${length} bytes`,
  );
  await time(
    'metadata: decode',
    async () => decodeMetadata(bytes),
    ({ size }) => `${size} files`,
  );
  const comparison = compare(masterFiles, workerFiles);
  const plan = planTransfer(comparison, Number.MAX_SAFE_INTEGER);
  const manifest = await time(
    'manifest: encode and decode',
    async () => decodeManifest(encodeManifest({ ...comparison, deferred: 0 })),
    () => '',
  );
  const store = new PackageStore({ home: master, pool: masterPool });
  const packages = await time(
    'pack',
    () => Promise.all(plan.packages.map((files) => store.acquire(files))),
    (made: AcquiredPackage[]) =>
      `${made.length} packages, ${made.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)} bytes`,
  );
  const staging = new Staging({ home: worker, config, pool: workerPool, task: 'bench' });
  for (const { path, digest } of packages) copyFileSync(path, join(worker, 'queue/cluster', digest));
  for (const { path, hash } of plan.large)
    copyFileSync(join(master, path), join(worker, 'queue/cluster', hash));
  await time(
    'stage',
    async () => {
      await Promise.all([
        ...packages.map(({ digest }) => staging.addPackage(join(worker, 'queue/cluster', digest))),
        ...plan.large.map(({ hash }) => staging.addLarge(join(worker, 'queue/cluster', hash), hash)),
      ]);
    },
    () => '',
  );
  const manifestFile = join(worker, 'queue/cluster/manifest.json');
  writeFileSync(manifestFile, encodeManifest(manifest));
  await time(
    'commit',
    () => staging.commit(manifestFile),
    ({ created }) => `${created.length} files created`,
  );
  await staging.discard();
  await time('scan of the worker, right after', () => workerIndex.scan(), read);
  if (masterIndex.digest !== workerIndex.digest) throw new Error('the sets differ');
  verifySample(master, worker);
  return rows;
}

/** Files that were written a moment ago are read once more, see hash-files.ts. */
async function untilSettled(index: FileIndex): Promise<void> {
  while ((await index.scan()).hashedFiles > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function timed<Result>(
  rows: Row[],
  step: string,
  run: () => Promise<Result>,
  note: (result: Result) => string,
): Promise<Result> {
  const loop = new LoopWatch();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const result = await run();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const blockedMs = await loop.stop();
  rows.push({
    step,
    wallMs,
    cpuMs: (user + system) / 1000,
    blockedMs,
    note: note(result),
  });
  return result;
}

/** Measures how long the event loop stands still at most. */
class LoopWatch {
  #lastMs = performance.now();
  #longestMs = 0;
  readonly #timer = setInterval(() => this.#look(), 1);

  /** Resolves when the loop has turned once more. */
  async stop(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 2));
    clearInterval(this.#timer);
    this.#look();
    return this.#longestMs;
  }

  #look(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}

function verifySample(master: string, worker: string): void {
  const digest = (home: string) =>
    createHash('sha256')
      .update(readFileSync(join(home, 'etc/rules/f7.xml')))
      .digest('hex');
  if (digest(master) !== digest(worker)) throw new Error('a file differs');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchFiles();
