import type { AgentArena } from './agent-arena.ts';
import type { Direction } from './fault-proxy.ts';
import { below } from './random.ts';

/** One thing that a network does while agents and groups travel. */
export interface AgentStorm {
  readonly kind: string;
  readonly name: string;
  run(arena: AgentArena): Promise<void>;
}

/** Connections that are cut, of one round of cases. */
const CUTS = 12;
/** What passes within seconds: agents up, groups down. */
const BYTES: Readonly<Record<Direction, number>> = { up: 60_000, down: 12_000 };
/** Agents of a round in about a second. */
const SLOW_BYTES_PER_SECOND = 40_000;
/** What has to pass over a slow network before it is good again: more than one sync. */
const SLOW_BYTES = 60_000;

/** All that a network can do to syncs of agents, where it does it chosen by the source of numbers. */
export function agentStorms(random: () => number): AgentStorm[] {
  const cuts = Array.from({ length: CUTS }, (_, index) => {
    const direction = index % 3 === 0 ? 'down' : 'up';
    return cutAfter(direction, below(random, BYTES[direction]));
  });
  return [...cuts, ...(['up', 'down'] as const).map(halfClosed), SLOW, BLACK_HOLE, MIGRATION];
}

/** A connection that has passed on so much is reset. */
export function cutAfter(direction: Direction, bytes: number): AgentStorm {
  return {
    kind: `cut ${direction}`,
    name: `cut after ${bytes} bytes ${direction}`,
    run: (arena) => {
      const { cuts } = arena.proxy;
      return arena.storm(
        (proxy) => {
          proxy.cutAll();
          proxy.cutAt(direction, bytes);
        },
        (proxy) => proxy.cuts > cuts,
      );
    },
  };
}

function halfClosed(direction: Direction): AgentStorm {
  return {
    kind: 'half closed',
    name: `half closed: nothing comes ${direction} any more`,
    run: (arena) => {
      const { accepted } = arena.proxy;
      return arena.storm(
        (proxy) => proxy.halfClose(direction),
        (proxy) => proxy.accepted > accepted,
      );
    },
  };
}

const SLOW: AgentStorm = {
  kind: 'throttled and late',
  name: 'throttled and late',
  run: (arena) => {
    const startBytes = arena.proxy.passedBytes.up;
    return arena.storm(
      (proxy) => {
        proxy.throttle(SLOW_BYTES_PER_SECOND);
        proxy.delay(2);
      },
      (proxy) => proxy.passedBytes.up > startBytes + SLOW_BYTES,
    );
  },
};

const BLACK_HOLE: AgentStorm = {
  kind: 'black hole',
  name: 'a black hole, for longer than keepalives allow',
  run: (arena) => arena.blackHole(),
};

const MIGRATION: AgentStorm = {
  kind: 'migration',
  name: 'agents go to another worker while theirs is cut off',
  run: (arena) => arena.migrate(),
};
