import { describeAccess } from './api-process.ts';
import { type AgentsOptions, demoAgents } from './demo-agents.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { keepRunning } from './keep-running.ts';
import { keepChanging } from './live-changes.ts';
import { LivePage, PlainLines, type Show } from './show.ts';
import { waitUntil } from './wait.ts';

/** A first sync of many files may take longer. */
const FIRST_SYNC_TIMEOUT_MS = 120_000;
const FIRST_SYNC_POLL_MS = 100;

/** Shows a running cluster until the signal ends it: a table that lives on a terminal, lines elsewhere. */
export async function playLive(
  cluster: DemoCluster,
  options: AgentsOptions,
  signal: AbortSignal,
): Promise<void> {
  const show: Show = process.stdout.isTTY ? new LivePage(cluster) : new PlainLines(cluster);
  const { master, workers } = cluster;
  master.start();
  await master.ready(signal);
  for (const worker of workers) worker.start();
  const machines = cluster.nodes.flatMap(({ name, inspectPort }) =>
    inspectPort === null ? [] : [`The machines of ${name}: http://127.0.0.1:${inspectPort}/`],
  );
  show.tell([describeAccess(await cluster.api.start(signal)), ...machines].join('\n'));
  await Promise.all([show.refresh(signal), play(cluster, options, show, signal)]);
}

async function play(
  cluster: DemoCluster,
  options: AgentsOptions,
  show: Show,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(cluster.workers.map((worker) => worker.ready(signal)));
  const late = await firstSync(cluster, signal);
  await show.begin();
  const say = (line: string) => show.say(line);
  if (late !== null) say(late);
  let haveAgents = false;
  const onAgents = () => {
    haveAgents = true;
  };
  await Promise.all([
    keepChanging(cluster, { say, signal, haveAgents: () => haveAgents }),
    playAgents(cluster, options, { say, signal, onAgents }),
    keepRunning(cluster, { say, signal }),
  ]);
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

interface AgentsStage {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** They are registered, and in groups. */
  readonly onAgents: () => void;
}

/** Agents that go wrong end nothing: what is wrong is said. */
async function playAgents(
  { nodes }: DemoCluster,
  options: AgentsOptions,
  { say, signal, onAgents }: AgentsStage,
): Promise<void> {
  try {
    const simulation = await demoAgents(nodes, options, signal, ({ nodeName, error }) =>
      say(`agents of ${nodeName}: ${error.toLog()}`),
    );
    onAgents();
    say(`${options.agents} agents are registered and connect`);
    await simulation.play({ signal }).finally(() => simulation.close());
  } catch (error) {
    signal.throwIfAborted();
    say(`agents: ${(error as Error).message}`);
  }
}
