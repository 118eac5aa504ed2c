import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { fitted } from '../fitted.ts';
import { nodesTable } from '../nodes-table.ts';
import { print, printable } from '../output.ts';
import { agentsTable, describeAgents } from './agents-table.ts';
import { viewAgents } from './agents-view.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { simulateLines } from './simulate-lines.ts';

const REFRESH_MS = 250;
/** Every look at agents counts all rows of all stores. */
const AGENTS_REFRESH_MS = 1_000;
/** Between two lines about agents, where there is no page. */
const AGENTS_EVERY_MS = 5_000;
const CHANGES_SHOWN = 10;
const CHANGES_HEADING = 'Changes on the master, and when each worker had them:';

/** Shows a cluster that runs. */
export interface Show {
  /** Something that stays, before anything is shown. */
  tell(text: string): void;
  /** All workers have had their first sync. */
  begin(): Promise<void>;
  /** A change has arrived. */
  say(line: string): void;
  /** Shows how the nodes are, until the signal ends it. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** On a terminal: what stays, and below it tables of nodes and agents and the last changes, drawn anew in place. */
export class LivePage implements Show {
  readonly #cluster: DemoCluster;
  readonly #update = createLogUpdate(process.stdout);
  readonly #lines: string[] = [];
  #agents = '';

  constructor(cluster: DemoCluster) {
    this.#cluster = cluster;
    print(
      `A cluster in ${cluster.folder}. Ctrl-C ends it and removes the folder.\n\n${moreAgents(cluster)}\n`,
    );
  }

  tell(text: string): void {
    print(`${text}\n`);
  }

  async begin(): Promise<void> {}

  say(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > CHANGES_SHOWN) this.#lines.shift();
  }

  async refresh(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#draw(signal), this.#lookAtAgents(signal)]);
  }

  async #lookAtAgents(signal: AbortSignal): Promise<void> {
    const { master, workers } = this.#cluster;
    while (!signal.aborted) {
      this.#agents = agentsTable(await viewAgents(master, workers));
      await pause(AGENTS_REFRESH_MS, undefined, { signal });
    }
  }

  async #draw(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#update(fitted(await this.#page()));
        await pause(REFRESH_MS, undefined, { signal });
      }
    } finally {
      this.#update.done();
    }
  }

  async #page(): Promise<string> {
    return [
      await clusterTable(this.#cluster),
      '',
      this.#agents,
      '',
      CHANGES_HEADING,
      ...this.#lines.map((line) => `  ${printable(line)}`),
    ].join('\n');
  }
}

/** Into a pipe or a file: what stands there stays, so the table comes once, and a line for each change. */
export class PlainLines implements Show {
  readonly #cluster: DemoCluster;
  readonly #begun = Promise.withResolvers<void>();

  constructor(cluster: DemoCluster) {
    this.#cluster = cluster;
    print(`A cluster in ${cluster.folder}. SIGINT or SIGTERM ends it and removes the folder.`);
    print('Starting the master and its workers; their first sync takes a moment.');
  }

  tell(text: string): void {
    print(`\n${text}`);
  }

  async begin(): Promise<void> {
    const table = await clusterTable(this.#cluster);
    print(`\n${table}\n\n${moreAgents(this.#cluster)}\n\n${CHANGES_HEADING}`);
    this.#begun.resolve();
  }

  say(line: string): void {
    print(`  ${printable(line)}`);
  }

  /** Tells of the agents now and then. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { master, workers } = this.#cluster;
    await this.#begun.promise;
    while (!signal.aborted) {
      await pause(AGENTS_EVERY_MS, undefined, { signal });
      this.say(`active agents: ${describeAgents(await viewAgents(master, workers))}`);
    }
  }
}

const moreAgents = ({ nodes }: DemoCluster) =>
  `More agents, from another terminal:\n${simulateLines(nodes.map(({ home }) => home))}`;

async function clusterTable({ nodes }: DemoCluster): Promise<string> {
  const states = await Promise.all(nodes.map((node) => node.status()));
  return nodesTable(
    nodes.map(({ name, role, pid }, index) => ({
      name,
      role,
      pid,
      state: states[index] ?? null,
      silence: 'starting',
    })),
  );
}
