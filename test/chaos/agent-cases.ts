import type { FaultPoint } from '../../src/fault-point.ts';
import type { AgentCase } from './agent-arena.ts';
import type { Side } from './arena.ts';
import { AGENT_POINTS } from './cases.ts';
import type { Fault } from './fault.ts';
import { below } from './random.ts';

/** Each node has a store; the other points are passed by one side. */
const ON_MASTER: readonly FaultPoint[] = [
  'agents.stored',
  'groups.read',
  'groups.packed',
  'groups.sent',
  'groups.confirmed',
];
const ON_BOTH = /^store\./;
/** Points of groups that also come on the way of a full copy. */
const OF_COPIES: readonly FaultPoint[] = ['groups.packed', 'groups.sent', 'groups.compared'];
/** Only a full copy passes it. */
const OF_COPIES_ONLY: FaultPoint = 'groups.overwritten';

/** The points that a side passes. */
export const agentPointsOf = (side: Side): FaultPoint[] =>
  AGENT_POINTS.filter(
    (point) => ON_BOTH.test(point) || (ON_MASTER.includes(point) ? side === 'master' : side === 'worker'),
  );

/** Syncs come again and again, so that any passage comes soon; transactions are many. */
const MAX_PASSAGE = 3;
const MAX_TRANSACTION = 30;

const ACTIONS: readonly Fault['action'][] = ['kill', 'exit', 'stop', 'throw'];

/** Frozen in the middle of a sync until the other side has given up, and then alive again. */
const GIVEN_UP: readonly AgentCase[] = [
  { side: 'worker', fault: { point: 'agents.sent', passage: 1, action: 'stop' }, givenUp: true },
  { side: 'worker', fault: { point: 'groups.stored', passage: 1, action: 'stop' }, givenUp: true },
  { side: 'master', fault: { point: 'agents.stored', passage: 1, action: 'stop' }, givenUp: true },
  { side: 'master', fault: { point: 'groups.sent', passage: 1, action: 'stop' }, givenUp: true },
];

/** The thread of a store that waits for ever is ended by its node, and the store is opened anew. */
const HANGS: readonly AgentCase[] = (['worker', 'master'] as const).map((side) => ({
  side,
  fault: { point: 'store.committing', passage: 5, action: 'hang' },
}));

/** Every point on each side, with every fault, at a passage that the source of numbers names. */
export function allAgentCases(random: () => number): AgentCase[] {
  const cases = (['worker', 'master'] as const).flatMap((side) =>
    agentPointsOf(side).flatMap((point): AgentCase[] => {
      const passages = ON_BOTH.test(point) ? MAX_TRANSACTION : MAX_PASSAGE;
      const meeting = (action: Fault['action']): AgentCase => {
        const isOfCopy = point === OF_COPIES_ONLY || (OF_COPIES.includes(point) && random() < 0.5);
        // A worker is sent one copy.
        const passage = point === OF_COPIES_ONLY ? 1 : 1 + below(random, passages);
        const isQuiet = random() < 0.5;
        return { side, fault: { point, passage, action }, isQuiet, ...(isOfCopy && { tampered: true }) };
      };
      return [...ACTIONS.map(meeting), { ...meeting('kill'), both: true }];
    }),
  );
  return [...cases, ...GIVEN_UP, ...HANGS];
}

const at = (side: Side, point: FaultPoint, action: Fault['action'], passage = 1): AgentCase => ({
  side,
  fault: { point, passage, action },
});
const quietAt = (...args: Parameters<typeof at>): AgentCase => ({ ...at(...args), isQuiet: true });

/** Every point once, most with a fault that wants no new start; and a kill of each side. */
export const SHORT_AGENT_CASES: readonly AgentCase[] = [
  quietAt('worker', 'agents.read', 'throw'),
  quietAt('worker', 'agents.packed', 'kill'),
  quietAt('worker', 'agents.sent', 'throw'),
  at('worker', 'agents.confirmed', 'stop'),
  at('worker', 'groups.stored', 'throw'),
  { ...at('worker', 'groups.overwritten', 'throw'), tampered: true },
  at('worker', 'groups.compared', 'stop'),
  quietAt('worker', 'store.committing', 'exit', 7),
  quietAt('worker', 'store.committed', 'throw', 5),
  quietAt('master', 'agents.stored', 'stop'),
  at('master', 'groups.read', 'throw'),
  at('master', 'groups.packed', 'throw'),
  quietAt('master', 'groups.sent', 'kill'),
  quietAt('master', 'groups.confirmed', 'throw'),
  at('master', 'store.committing', 'throw', 9),
];
