import { setTimeout as pause } from 'node:timers/promises';
import { type Change, create, edit, editMany, move, Revisions, remove } from './changes.ts';
import { regroup } from './demo-agents.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { waitUntil } from './wait.ts';

const CHANGE_EVERY_MS = 2_500;
const ARRIVAL_TIMEOUT_MS = 30_000;
/** Agents in the change that puts them into other groups. */
const REGROUPED = 20;

export interface ChangesOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Agents are registered, and have groups. */
  readonly haveAgents: () => boolean;
}

/** Changes something on the master every now and then, and says when each worker had it. */
export async function keepChanging(cluster: DemoCluster, options: ChangesOptions): Promise<void> {
  const { say, signal, haveAgents } = options;
  await Promise.all(cluster.workers.map((worker) => worker.ready(signal)));
  for (const change of endlessChanges(cluster, haveAgents)) {
    say(`${change.title}${await timed(cluster, change, signal)}`);
    await pause(CHANGE_EVERY_MS, undefined, { signal });
  }
}

/** Makes a change and tells how long each worker took to have it. */
async function timed(cluster: DemoCluster, change: Change, signal: AbortSignal): Promise<string> {
  const started = performance.now();
  try {
    await change.apply(cluster.master.home);
  } catch (error) {
    return `  ${(error as Error).message}`;
  }
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

function* endlessChanges(cluster: DemoCluster, haveAgents: () => boolean): Generator<Change> {
  const revisions = new Revisions();
  for (let round = 0; ; round += 1) {
    const added = revisions.of(9000 + (round % 1000));
    const renamed = `etc/rules/renamed-${round}_rules.xml`;
    yield edit(revisions.of(0));
    if (haveAgents()) yield otherGroups(cluster, round);
    yield create(added);
    yield move(added, renamed);
    yield remove(renamed);
    yield editMany(Array.from({ length: 10 }, (_, n) => revisions.of(9100 + n)));
  }
}

/** Seen by the checksum of groups: others change groups too. */
function otherGroups({ master, nodes }: DemoCluster, round: number): Change {
  const checksumAt = (home: string) => nodes.find((node) => node.home === home)?.store.groupsHash();
  return {
    title: `put ${REGROUPED} agents into other groups`,
    apply: () => regroup(master, REGROUPED, round),
    arrived: async (worker) => (await checksumAt(worker)) === (await checksumAt(master.home)),
  };
}
