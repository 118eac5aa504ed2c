/** A process of a fleet: many workers beside each other, told what to do by the bench. */
import { FilePool } from '../../../src/files/pool.ts';
import type { FleetOrder, FleetPlan, FleetReply } from './fleet-protocol.ts';
import { FleetWorker } from './fleet-worker.ts';

const THREADS = 2;
/** Workers that start, or whose agents report, at a time. */
const SIDE_BY_SIDE = 5;

const plan = JSON.parse(process.argv[2] ?? '') as FleetPlan;
const pool = new FilePool({ threads: THREADS });
const messages: Record<string, number> = {};
const workers: FleetWorker[] = [];

async function start(): Promise<void> {
  const starting = plan.homes.map((home, i) => () => {
    const firstAgent = 1 + (plan.firstHome + i) * plan.agentsEach;
    return FleetWorker.start({ home, firstAgent, pool, messages });
  });
  for (let at = 0; at < starting.length; at += SIDE_BY_SIDE) {
    workers.push(...(await Promise.all(starting.slice(at, at + SIDE_BY_SIDE).map((begin) => begin()))));
  }
}

async function carryOut(order: FleetOrder): Promise<Omit<FleetReply, 'id'>> {
  switch (order.order) {
    case 'start':
      await start();
      return {};
    case 'report':
      for (const worker of workers) await worker.report(order.agentsEach, order.round);
      return {};
    case 'keepalive':
      for (const worker of workers) await worker.keepalive(order.agentsEach);
      return {};
    case 'round': {
      const startedMs = now();
      await Promise.all(workers.map((worker) => worker.round()));
      return { startedMs, endedMs: now() };
    }
    case 'hash':
      await Promise.all(workers.map((worker) => worker.hasHash(order.hash)));
      return { endedMs: now() };
    case 'messages':
      return { messages: takeMessages() };
  }
}

const now = () => performance.timeOrigin + performance.now();

function takeMessages(): Record<string, number> {
  const taken = { ...messages };
  for (const name of Object.keys(messages)) delete messages[name];
  return taken;
}

process.on('message', async (message: (FleetOrder & { id: number }) | { order?: undefined }) => {
  if (message.order === undefined) return; // for the probe
  const { id } = message;
  const reply = await carryOut(message).catch((error: Error) => ({ failure: error.stack ?? error.message }));
  process.send?.({ id, ...reply } satisfies FleetReply);
});
// The probe lets the process end when nothing else keeps it.
process.channel?.ref();
