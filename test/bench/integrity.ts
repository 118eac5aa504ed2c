import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import Table from 'cli-table3';
import { Cluster, waitFor } from '../e2e/cluster.ts';
import type { NodeProcess } from '../e2e/node-process.ts';
import { median, usageOf } from './process-usage.ts';

/** tmpfs where the machine has one, as for the original's figures. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const DEADLINE_MS = 120_000;
const MIB = 1024 * 1024;

interface FileSetSpec {
  title: string;
  files: number;
  content(i: number): Uint8Array | string;
  /** The original's figures for the same work. */
  original: { totalSeconds: number; masterCpuSeconds: number; workerCpuSeconds: number };
}

const text =
  'A rule-like line that compresses as rules do: <rule id="100001" level="5"><match>denied</match></rule>\n';
const SETS: FileSetSpec[] = [
  {
    title: '10,000 files of 4 KiB',
    files: 10_000,
    content: (i) => `<!-- ${i} -->\n${text.repeat(40)}`.slice(0, 4096),
    original: { totalSeconds: 1.8, masterCpuSeconds: 0.68, workerCpuSeconds: 1.16 },
  },
  {
    title: '20 files of 20 MiB, random',
    files: 20,
    content: () => randomBytes(20 * MIB),
    original: { totalSeconds: 19.3, masterCpuSeconds: 13.2, workerCpuSeconds: 6.2 },
  },
];

interface Measurement {
  totalSeconds: number;
  fromConnectSeconds: number;
  masterCpuSeconds: number;
  workerCpuSeconds: number;
  masterPeakMiB: number;
  workerPeakMiB: number;
  /** A check with nothing to do, from the worker's own clock. */
  idleCheckSeconds: number | null;
}

/** Measures first syncs and a check with nothing to do, between real processes with TLS on. */
export async function benchIntegrity({ repetitions }: { repetitions: number }): Promise<void> {
  console.log(
    `First integrity sync of an empty worker, on ${BASE}, TLS by pre-shared key; medians of ${repetitions} runs`,
  );
  const table = new Table({
    head: ['work', 'figure', 'Muster', 'original', 'ratio'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'right', 'right'],
  });
  for (const set of SETS) {
    const runs: Measurement[] = [];
    for (let i = 0; i < repetitions; i += 1) runs.push(await measure(set));
    addRows(table, set, runs);
  }
  console.log(table.toString());
  console.log("The original's figures are those of the same work on another day: compare with care.");
}

async function measure(set: FileSetSpec): Promise<Measurement> {
  const cluster = await Cluster.create(1, BASE);
  try {
    for (let i = 0; i < set.files; i += 1) cluster.write(`etc/rules/f${i}.xml`, set.content(i));
    const [worker] = cluster.workers;
    if (worker === undefined) throw new Error('no worker');
    cluster.master.start();
    const ready = await waitFor(
      'the master',
      () => scanned(cluster, cluster.master, set.files),
      DEADLINE_MS,
      () => cluster.master.output,
    );
    const masterBefore = usageOf(cluster.master.pid);
    worker.start();
    await waitFor(
      'the sync',
      () => worker.output.includes('[Integrity sync] Finished') || hasFinished(worker),
      DEADLINE_MS,
      () => worker.output.slice(-3000),
    );
    const masterAfter = usageOf(cluster.master.pid);
    const workerAfter = usageOf(worker.pid);
    const log = logOf(worker);
    const idle = await waitFor(
      'a check with nothing to do',
      async () => {
        const { lastCheck, digest } = (await cluster.status(worker)) as unknown as {
          lastCheck: { outcome: string; durationSeconds: number } | null;
          digest: string;
        };
        return lastCheck?.outcome === 'in-step' && digest === ready.digest ? lastCheck : null;
      },
      DEADLINE_MS,
      () => worker.output.slice(-3000),
    );
    return {
      totalSeconds: secondsBetween(log, /\[Integrity check\] Starting/, /\[Integrity sync\] Finished/),
      fromConnectSeconds: secondsBetween(log, /Successfully connected/, /\[Integrity sync\] Finished/),
      masterCpuSeconds: masterAfter.cpuSeconds - masterBefore.cpuSeconds,
      workerCpuSeconds: workerAfter.cpuSeconds,
      masterPeakMiB: masterAfter.peakMemoryMiB,
      workerPeakMiB: workerAfter.peakMemoryMiB,
      idleCheckSeconds: idle.durationSeconds,
    };
  } finally {
    await cluster.close();
  }
}

async function scanned(
  cluster: Cluster,
  node: NodeProcess,
  files: number,
): Promise<{ digest: string } | null> {
  try {
    const status = (await cluster.status(node)) as unknown as { files: number; digest: string };
    return status.files >= files ? status : null;
  } catch {
    return null; // not listening yet
  }
}

interface Line {
  timeMs: number;
  text: string;
}

/** The worker's standard output: JSON lines, which carry milliseconds. */
function logOf(node: NodeProcess): Line[] {
  return node.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { time: number; tag: string; subtag: string; msg: string })
    .map(({ time, subtag, msg }) => ({ timeMs: time, text: `[${subtag}] ${msg}` }));
}

const hasFinished = (node: NodeProcess) =>
  logOf(node).some(({ text: line }) => /\[Integrity sync\] Finished/.test(line));

function secondsBetween(log: Line[], from: RegExp, to: RegExp): number {
  const start = log.find(({ text: line }) => from.test(line));
  const end = log.find(({ text: line }) => to.test(line));
  if (start === undefined || end === undefined) throw new Error(`the log lacks ${from} or ${to}`);
  return (end.timeMs - start.timeMs) / 1000;
}

function addRows(table: Table.Table, set: FileSetSpec, runs: Measurement[]): void {
  const of = (key: keyof Measurement) => median(runs.map((run) => run[key] ?? 0));
  const row = (figure: string, value: number, unit: string, original?: number) =>
    table.push([
      set.title,
      figure,
      `${value.toFixed(3)} ${unit}`,
      original === undefined ? '' : `${original} ${unit}`,
      original === undefined ? '' : (value / original).toFixed(2),
    ]);
  row('check started to sync finished', of('totalSeconds'), 's', set.original.totalSeconds);
  row('connected to in step', of('fromConnectSeconds'), 's', set.original.totalSeconds + 9);
  row("master's CPU during the sync", of('masterCpuSeconds'), 's', set.original.masterCpuSeconds);
  row(
    "worker's CPU, start of the process included",
    of('workerCpuSeconds'),
    's',
    set.original.workerCpuSeconds,
  );
  row("master's peak memory", of('masterPeakMiB'), 'MiB');
  row("worker's peak memory", of('workerPeakMiB'), 'MiB');
  row('check with nothing to do', of('idleCheckSeconds'), 's', set.files > 1000 ? 0.213 : undefined);
}
