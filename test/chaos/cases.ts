import { FAULT_POINTS, type FaultPoint } from '../../src/fault-point.ts';
import type { Case, Side } from './arena.ts';
import { type Fault, isInThread, type Refused } from './fault.ts';
import { below } from './random.ts';

/** Points that a master passes; all but those of its own packing are passed by a worker too. */
const ON_MASTER =
  /^(?:send|set\.compared|manifest|package\.(?:written|stored)|receive\.(?!resumed)|recover\.(?:begun|dropping))/;
const ON_MASTER_ONLY = /^(?:set\.compared|manifest|package\.(?:written|stored))/;
/** Points of a set that is undone. */
const UNDOING = /^undo\./;

/** Passages of a point on the way from one generation to the next, where there are more than one. */
const PASSAGES: Readonly<Record<Side, Partial<Record<FaultPoint, number>>>> = {
  worker: {
    'receive.entered': 4,
    'receive.opened': 4,
    'receive.piece': 14,
    'receive.complete': 4,
    'receive.verified': 4,
    'receive.placed': 4,
    'package.content': 14,
    'put.staged': 16,
    'put.placed': 16,
    'remove.done': 2,
    'undo.back': 10,
  },
  master: {
    'send.opened': 4,
    'send.accepted': 4,
    'send.piece': 14,
    'send.streamed': 4,
    'send.verified': 4,
  },
};

/** Points on the way of agents and their groups, which have cases of their own. */
const OF_AGENTS = /^(?:agents|groups|store)\./;
const POINTS = Object.keys(FAULT_POINTS) as FaultPoint[];
export const AGENT_POINTS = POINTS.filter((point) => OF_AGENTS.test(point));
export const FILE_POINTS = POINTS.filter((point) => !OF_AGENTS.test(point));

/** The points that a side passes. */
export const pointsOf = (side: Side): FaultPoint[] =>
  FILE_POINTS.filter((point) => (side === 'master' ? ON_MASTER.test(point) : !ON_MASTER_ONLY.test(point)));

/** What has to happen in an earlier life for a point to be passed. */
function before(point: FaultPoint): Fault[] {
  if (point === 'receive.resumed') return [{ point: 'receive.piece', passage: 6, action: 'kill' }];
  const isOfJournal = ['recover.trusted', 'recover.verified', 'recover.completed'].includes(point);
  return isOfJournal ? [{ point: 'put.placed', passage: 3, action: 'kill' }] : [];
}

/** Where a set may be refused: before a file is put in place, which most others are by then, and after all are. */
const REFUSALS: readonly Refused[] = [
  { point: 'put.staged', passage: 12 },
  { point: 'remove.done', passage: 2 },
];

/** Frozen in the middle of a file until the other side has given up, and then alive again. */
const GIVEN_UP: readonly Case[] = [
  { side: 'worker', faults: [{ point: 'receive.piece', passage: 6, action: 'stop' }], givenUp: true },
  { side: 'master', faults: [{ point: 'send.piece', passage: 6, action: 'stop' }], givenUp: true },
];

/** Every point on each side, with every fault that it can meet, at a passage that the source of numbers names. */
export function allCases(random: () => number): Case[] {
  const cases = (['worker', 'master'] as const).flatMap((side) =>
    pointsOf(side).flatMap((point) => {
      const passage = 1 + below(random, PASSAGES[side][point] ?? 1);
      const fault = (action: Fault['action']): Fault => ({ point, passage, action });
      const refused = REFUSALS[below(random, REFUSALS.length)];
      const undoing = UNDOING.test(point) && refused !== undefined ? { refused } : {};
      const meeting = (action: Fault['action']) => ({
        side,
        faults: [...before(point), fault(action)],
        ...undoing,
      });
      const kinds: Case[] = [
        meeting('kill'),
        { ...meeting('kill'), both: true },
        meeting('stop'),
        meeting('throw'),
      ];
      if (isInThread(point)) kinds.push(meeting('exit'));
      return kinds;
    }),
  );
  return [...cases, ...GIVEN_UP];
}

const at = (point: FaultPoint, passage = 1, action: Fault['action'] = 'kill'): Fault => ({
  point,
  passage,
  action,
});

/** A few for every day: each kind of fault, and each promise of the journal. Together they pass every point. */
export const SHORT_CASES: readonly Case[] = [
  { side: 'worker', faults: [at('receive.piece', 6), at('receive.resumed')] },
  { side: 'worker', faults: [at('journal.named')], both: true },
  { side: 'worker', faults: [at('put.placed', 3), at('recover.verified'), at('journal.removed')] },
  { side: 'worker', faults: [at('put.placed', 4, 'exit')], thenKill: true },
  { side: 'worker', faults: [at('receive.verified', 2, 'throw')] },
  { side: 'worker', faults: [at('put.staged', 5, 'stop')] },
  {
    side: 'worker',
    refused: { point: 'put.staged', passage: 12 },
    faults: [at('undo.back', 4), at('undo.back', 3)],
  },
  { side: 'master', faults: [at('send.piece', 7)] },
];
