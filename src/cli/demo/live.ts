import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { printable, shortDigest, table } from '../output.ts';
import { describeRound, lastRound } from '../status.ts';
import { type Change, create, edit, editMany, move, Revisions, remove } from './changes.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { waitUntil } from './wait.ts';

const REFRESH_MS = 250;
const CHANGE_EVERY_MS = 2_500;
const ARRIVAL_TIMEOUT_MS = 30_000;
const CHANGES_SHOWN = 10;

/** Shows a running cluster until the signal ends it: a table that lives on a terminal, lines elsewhere. */
export async function playLive(cluster: DemoCluster, signal: AbortSignal): Promise<void> {
  const show = process.stdout.isTTY ? new LivePage(cluster) : new PlainLines();
  const { master, workers } = cluster;
  master.start();
  await master.ready(signal);
  for (const worker of workers) worker.start();
  await Promise.all([show.refresh(signal), keepChanging(cluster, (line) => show.say(line), signal)]);
}

async function keepChanging(
  cluster: DemoCluster,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(cluster.workers.map((worker) => worker.ready(signal)));
  for (const change of endlessChanges()) {
    say(`${change.title}${await timed(cluster, change, signal)}`);
    await pause(CHANGE_EVERY_MS, undefined, { signal });
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

/** The table of nodes above the last changes, drawn anew in place. */
class LivePage {
  readonly #cluster: DemoCluster;
  readonly #update = createLogUpdate(process.stdout);
  readonly #lines: string[] = [];

  constructor(cluster: DemoCluster) {
    this.#cluster = cluster;
  }

  say(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > CHANGES_SHOWN) this.#lines.shift();
  }

  async refresh(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#update(await this.#page());
        await pause(REFRESH_MS, undefined, { signal });
      }
    } finally {
      this.#update.done();
    }
  }

  async #page(): Promise<string> {
    const { folder, nodes } = this.#cluster;
    const states = await Promise.all(nodes.map((node) => node.status()));
    const masterDigest = states[0]?.digest ?? null;
    const rows = nodes.map((node, index) => {
      const state = states[index];
      if (!state) return [node.name, node.role, String(node.pid ?? '—'), '—', '—', 'starting', '—'];
      const inStep = node.role === 'master' || state.digest === masterDigest;
      const step = node.role === 'worker' && !state.connected ? 'not connected' : inStep ? 'yes' : 'no';
      const digest = shortDigest(state.digest);
      const files = String(state.files ?? '—');
      return [
        node.name,
        node.role,
        String(node.pid ?? '—'),
        files,
        digest,
        step,
        describeRound(lastRound(state)),
      ];
    });
    return [
      `A cluster in ${folder}. Ctrl-C ends it and removes the folder.`,
      '',
      table(['NODE', 'ROLE', 'PROCESS', 'FILES', 'DIGEST', 'IN STEP', 'LAST SYNC'], rows),
      '',
      'Changes on the master, and when each worker had them:',
      ...this.#lines.map((line) => `  ${printable(line)}`),
    ].join('\n');
  }
}

/** For pipes and files. */
class PlainLines {
  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  async refresh(): Promise<void> {}
}
