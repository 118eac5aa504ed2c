import { below } from '../chaos/random.ts';

/** What may happen to agents, files and connections. Numbers are taken modulo what there is. */
export type Deed =
  /** An agent reports at a worker: the one where it was before, or another one. */
  | { readonly do: 'report'; readonly worker: number; readonly agent: number }
  /** A worker learns something of an agent that reported there, without a keepalive. */
  | { readonly do: 'change'; readonly worker: number; readonly agent: number; readonly labels: number }
  | { readonly do: 'assign'; readonly agent: number; readonly groups: readonly string[] }
  /** `isLate`: the files are looked through before the store of the master hears of the agent. */
  | { readonly do: 'register'; readonly isLate: boolean }
  | { readonly do: 'remove'; readonly agent: number }
  | { readonly do: 'cut'; readonly worker: number }
  /** Nothing passes any more, and nobody is told. */
  | { readonly do: 'freeze'; readonly worker: number }
  | { readonly do: 'away'; readonly worker: number }
  | { readonly do: 'back'; readonly worker: number }
  /** A node ends in order and starts again. */
  | { readonly do: 'restart'; readonly node: number }
  /** The store of a node cannot write until the next step. */
  | { readonly do: 'fail'; readonly node: number };

export interface Step {
  readonly deed: Deed;
  /** It is done when so many more frames have passed at that worker, at the latest when the time is over; 0: at once. */
  readonly afterFrames: number;
  readonly worker: number;
  /** How long nothing else is done. */
  readonly thenS: number;
}

export const GROUPS = ['default', 'web', 'db'];
const MAX_STEPS = 14;
/** A round of either sync passes about ten frames. */
const MAX_FRAMES = 24;
/** Syncs come every ten seconds. */
const MAX_PAUSE_S = 14;
const MAX_LABELS = 3;

/** How often each is chosen, beside the others. */
const WEIGHTS: Readonly<Record<Deed['do'], number>> = {
  report: 10,
  change: 6,
  assign: 8,
  register: 3,
  remove: 2,
  cut: 5,
  freeze: 1,
  away: 2,
  back: 2,
  restart: 1,
  fail: 2,
};

/** A sequence of steps, the same for the same source of numbers. */
export const sequenceFrom = (random: () => number): Step[] =>
  Array.from({ length: 1 + below(random, MAX_STEPS) }, () => stepFrom(random));

function stepFrom(random: () => number): Step {
  return {
    deed: deedFrom(random),
    afterFrames: random() < 0.5 ? 0 : 1 + below(random, MAX_FRAMES),
    worker: below(random, 2),
    thenS: below(random, MAX_PAUSE_S),
  };
}

function deedFrom(random: () => number): Deed {
  const [worker, agent, node] = [below(random, 2), below(random, 100), below(random, 3)];
  switch (kindFrom(random)) {
    case 'report':
      return { do: 'report', worker, agent };
    case 'change':
      return { do: 'change', worker, agent, labels: below(random, MAX_LABELS) };
    case 'assign':
      return { do: 'assign', agent, groups: GROUPS.filter(() => random() < 0.4) };
    case 'register':
      return { do: 'register', isLate: random() < 0.5 };
    case 'remove':
      return { do: 'remove', agent };
    case 'cut':
      return { do: 'cut', worker };
    case 'freeze':
      return { do: 'freeze', worker };
    case 'away':
      return { do: 'away', worker };
    case 'back':
      return { do: 'back', worker };
    case 'restart':
      return { do: 'restart', node };
    case 'fail':
      return { do: 'fail', node };
  }
}

function kindFrom(random: () => number): Deed['do'] {
  const kinds = Object.entries(WEIGHTS) as [Deed['do'], number][];
  let left = below(
    random,
    kinds.reduce((sum, [, weight]) => sum + weight, 0),
  );
  for (const [kind, weight] of kinds) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'report';
}

/** As a failing test tells it. */
export const describeStep = ({ deed, afterFrames, worker, thenS }: Step): string => {
  const when = afterFrames === 0 ? '' : ` after ${afterFrames} frames of worker ${worker + 1}`;
  return `${JSON.stringify(deed)}${when}, then ${thenS} s`;
};
