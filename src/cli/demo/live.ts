import { setTimeout as pause } from 'node:timers/promises';
import { type Change, create, edit, editMany, move, Revisions, remove } from './changes.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { LivePage, PlainLines, type Show } from './show.ts';
import { waitUntil } from './wait.ts';

const CHANGE_EVERY_MS = 2_500;
const ARRIVAL_TIMEOUT_MS = 30_000;
/** A first sync of many files may take longer. */
const FIRST_SYNC_TIMEOUT_MS = 120_000;
const FIRST_SYNC_POLL_MS = 100;

/** Shows a running cluster until the signal ends it: a table that lives on a terminal, lines elsewhere. */
export async function playLive(cluster: DemoCluster, signal: AbortSignal): Promise<void> {
  const show: Show = process.stdout.isTTY ? new LivePage(cluster) : new PlainLines(cluster);
  const { master, workers } = cluster;
  master.start();
  await master.ready(signal);
  for (const worker of workers) worker.start();
  await Promise.all([show.refresh(signal), keepChanging(cluster, show, signal)]);
}

async function keepChanging(cluster: DemoCluster, show: Show, signal: AbortSignal): Promise<void> {
  await Promise.all(cluster.workers.map((worker) => worker.ready(signal)));
  const late = await firstSync(cluster, signal);
  await show.begin();
  if (late !== null) show.say(late);
  for (const change of endlessChanges()) {
    show.say(`${change.title}${await timed(cluster, change, signal)}`);
    await pause(CHANGE_EVERY_MS, undefined, { signal });
  }
}

/** Waits until all have the master's set; tells if that takes too long, which is no reason to stop looking on. */
async function firstSync({ master, workers }: DemoCluster, signal: AbortSignal): Promise<string | null> {
  const isInStep = async () => {
    const [own, ...others] = await Promise.all([master, ...workers].map((node) => node.status()));
    return own?.digest != null && others.every((state) => state?.digest === own.digest);
  };
  try {
    const options = { timeoutMs: FIRST_SYNC_TIMEOUT_MS, pollMs: FIRST_SYNC_POLL_MS, signal };
    await waitUntil('the first sync of all workers', isInStep, options);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  }
}

/** Makes a change and tells how long each worker took to have it. */
async function timed(cluster: DemoCluster, change: Change, signal: AbortSignal): Promise<string> {
  const started = performance.now();
  await change.apply(cluster.master.home);
  const words = await Promise.all(
    cluster.workers.map(async (worker) => {
      const options = { timeoutMs: ARRIVAL_TIMEOUT_MS, signal };
      try {
        await waitUntil(`${worker.name} has it`, () => change.arrived(worker.home), options);
        return `${worker.name} ${((performance.now() - started) / 1000).toFixed(3)}s`;
      } catch (error) {
        signal.throwIfAborted();
        return `${worker.name} ${(error as Error).message}`;
      }
    }),
  );
  return `  →  ${words.join(', ')}`;
}

function* endlessChanges(): Generator<Change> {
  const revisions = new Revisions();
  for (let round = 0; ; round += 1) {
    const added = revisions.of(9000 + (round % 1000));
    const renamed = `etc/rules/renamed-${round}_rules.xml`;
    yield edit(revisions.of(0));
    yield create(added);
    yield move(added, renamed);
    yield remove(renamed);
    yield editMany(Array.from({ length: 10 }, (_, n) => revisions.of(9100 + n)));
  }
}
