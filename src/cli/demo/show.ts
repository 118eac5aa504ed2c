import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { print, printable, shortDigest, table } from '../output.ts';
import { describeRound, lastRound } from '../status.ts';
import type { DemoCluster } from './demo-cluster.ts';

const REFRESH_MS = 250;
const CHANGES_SHOWN = 10;
const CHANGES_HEADING = 'Changes on the master, and when each worker had them:';

/** Shows a cluster that runs. */
export interface Show {
  /** All workers have had their first sync. */
  begin(): Promise<void>;
  /** A change has arrived. */
  say(line: string): void;
  /** Shows how the nodes are, until the signal ends it. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** On a terminal: the table of nodes above the last changes, drawn anew in place. */
export class LivePage implements Show {
  readonly #cluster: DemoCluster;
  readonly #update = createLogUpdate(process.stdout);
  readonly #lines: string[] = [];

  constructor(cluster: DemoCluster) {
    this.#cluster = cluster;
  }

  async begin(): Promise<void> {}

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
    return [
      `A cluster in ${this.#cluster.folder}. Ctrl-C ends it and removes the folder.`,
      '',
      await nodesTable(this.#cluster),
      '',
      CHANGES_HEADING,
      ...this.#lines.map((line) => `  ${printable(line)}`),
    ].join('\n');
  }
}

/** Into a pipe or a file: what stands there stays, so the table comes once, and a line for each change. */
export class PlainLines implements Show {
  readonly #cluster: DemoCluster;

  constructor(cluster: DemoCluster) {
    this.#cluster = cluster;
    print(`A cluster in ${cluster.folder}. SIGINT or SIGTERM ends it and removes the folder.`);
    print('Starting the master and its workers; their first sync takes a moment.');
  }

  async begin(): Promise<void> {
    print(`\n${await nodesTable(this.#cluster)}\n\n${CHANGES_HEADING}`);
  }

  say(line: string): void {
    print(`  ${printable(line)}`);
  }

  async refresh(): Promise<void> {}
}

async function nodesTable({ nodes }: DemoCluster): Promise<string> {
  const states = await Promise.all(nodes.map((node) => node.status()));
  const masterDigest = states[0]?.digest ?? null;
  const rows = nodes.map((node, index) => {
    const process = String(node.pid ?? '—');
    const state = states[index];
    if (!state) return [node.name, node.role, process, '—', '—', 'starting', '—'];
    const inStep = node.role === 'master' || state.digest === masterDigest;
    const step = node.role === 'worker' && !state.connected ? 'not connected' : inStep ? 'yes' : 'no';
    return [
      node.name,
      node.role,
      process,
      String(state.files ?? '—'),
      shortDigest(state.digest),
      step,
      describeRound(lastRound(state)),
    ];
  });
  return table(['NODE', 'ROLE', 'PROCESS', 'FILES', 'DIGEST', 'IN STEP', 'LAST SYNC'], rows);
}
