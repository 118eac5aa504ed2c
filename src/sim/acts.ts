import { below, oneOf, type Random } from '../simulate/random.ts';

/** Something that befalls a cluster: what an operator does to it, or what goes wrong. */
export type Act = { readonly atMs: number } & (
  | {
      readonly kind: 'write';
      readonly paths: readonly string[];
      readonly sizeBytes: number;
      readonly salt: number;
    }
  | { readonly kind: 'remove'; readonly path: string }
  /** Somebody changes a file on a worker, where nobody should. */
  | { readonly kind: 'tamper'; readonly node: string; readonly path: string; readonly salt: number }
  /** An agent tells a worker something new. */
  | { readonly kind: 'report'; readonly node: string; readonly agent: number; readonly salt: number }
  /** A worker asks its master. */
  | { readonly kind: 'ask'; readonly node: string }
  | { readonly kind: 'regroup'; readonly agent: number; readonly groups: readonly string[] }
  /** The connection of a worker is lost, or carries nothing any more, and nobody is told. */
  | { readonly kind: 'cut' | 'silence'; readonly node: string }
  /** The next connection of a worker breaks after so many bytes. */
  | {
      readonly kind: 'cut-at';
      readonly node: string;
      readonly direction: 'up' | 'down';
      readonly bytes: number;
    }
  | {
      readonly kind: 'slow';
      readonly node: string;
      readonly delayMs: number;
      readonly firstChunkBytes: number;
      readonly forMs: number;
    }
  /** Nobody can connect, or is answered. */
  | { readonly kind: 'refuse' | 'hang'; readonly node: string; readonly forMs: number }
  /** The process stands still. */
  | { readonly kind: 'freeze'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'kill' | 'power'; readonly node: string; readonly offMs: number }
  /** The process dies at its k-th step on its disk from here. */
  | { readonly kind: 'die-at-step'; readonly node: string; readonly steps: number }
  | { readonly kind: 'full-disk'; readonly node: string; readonly freeBytes: number; readonly forMs: number }
  | { readonly kind: 'bad-rename'; readonly node: string; readonly count: number; readonly code: string }
  | { readonly kind: 'clock'; readonly node: string; readonly byMs: number }
);

export interface PlanOptions {
  readonly acts: number;
  readonly workers: readonly string[];
  readonly agents: number;
  readonly groups: readonly string[];
}

export const MASTER = 'master';
/** How far apart two acts are, on average. */
const PACE_MS = 1_500;

const MAX_PAUSE_MS = 40_000;
/** Steps that a worker takes on its disk until a set of some files is in place, and some. */
const MAX_STEPS_TO_DIE = 60;
/** Promise 6 lets 1.31 MiB wait on one connection; whatever lets more wait shows with this. */
const LEAST_FILLING_BYTES = 1_572_864;
/** How often an act that has a sequel gets it. */
const SEQUEL_SHARE = 0.7;

const PATHS = [
  'etc/rules/local_rules.xml',
  'etc/rules/site/web.xml',
  'etc/rules/site/mail.xml',
  'etc/decoders/local_decoder.xml',
  'etc/lists/audit-keys',
  'etc/lists/amazon/aws',
  'etc/shared/default/agent.conf',
  'etc/shared/web/agent.conf',
  'etc/shared/db/agent.conf',
  'etc/shared/db/extra.conf',
];

/** Kinds of acts with their weights: an operator is busier than misfortune. */
const WEIGHTS: readonly (readonly [Act['kind'], number])[] = [
  ['write', 14],
  ['remove', 5],
  ['tamper', 3],
  ['report', 6],
  ['regroup', 4],
  ['ask', 4],
  ['cut', 4],
  ['silence', 2],
  ['cut-at', 6],
  ['slow', 3],
  ['refuse', 2],
  ['hang', 2],
  ['freeze', 3],
  ['kill', 4],
  ['power', 3],
  ['die-at-step', 6],
  ['full-disk', 2],
  ['bad-rename', 3],
  ['clock', 2],
];
const TOTAL_WEIGHT = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);

/** What is going to befall a cluster, in order. */
export function planActs(random: Random, options: PlanOptions): Act[] {
  const acts: Act[] = [];
  for (let atMs = 0; acts.length < options.acts; ) {
    atMs += aGapMs(random);
    const act = anAct(random, Math.round(atMs), options);
    acts.push(act);
    const sequel = acts.length < options.acts ? aSequel(random, act) : null;
    if (sequel === null) continue;
    acts.push(sequel);
    atMs = sequel.atMs;
  }
  return acts;
}

/** Often several things come together, sometimes nothing for a while, seldom nothing until all deadlines are over. */
function aGapMs(random: Random): number {
  const drawn = random();
  if (drawn < 0.3) return random() * 40;
  return random() * (drawn < 0.97 ? 2 * PACE_MS : MAX_PAUSE_MS);
}

/** What hits a cluster where the act before has made it weak: by chance alone it seldom comes just then. */
function aSequel(random: Random, act: Act): Act | null {
  if (random() >= SEQUEL_SHARE) return null;
  const soon = (mostMs: number) => act.atMs + below(random, mostMs);
  const salt = () => below(random, 2 ** 31);
  switch (act.kind) {
    // Files fill the way of a slow worker.
    case 'slow':
      return {
        atMs: soon(1_000),
        kind: 'write',
        paths: [oneOf(random, PATHS)],
        sizeBytes: LEAST_FILLING_BYTES + below(random, LEAST_FILLING_BYTES / 3),
        salt: salt(),
      };
    // Nobody hears the question, and nobody knows that.
    case 'silence':
      return { atMs: soon(3_000), kind: 'ask', node: act.node };
    // It dies in the middle of a set.
    case 'die-at-step':
      return {
        atMs: soon(200),
        kind: 'write',
        paths: PATHS.filter(() => random() < 0.6),
        sizeBytes: below(random, 3_000),
        salt: salt(),
      };
    default:
      return null;
  }
}

function anAct(random: Random, atMs: number, { workers, agents, groups }: PlanOptions): Act {
  const worker = () => oneOf(random, workers);
  const node = () => (random() < 0.35 ? MASTER : worker());
  const salt = () => below(random, 2 ** 31);
  const span = (leastMs: number, mostMs: number) => Math.round(leastMs + random() * (mostMs - leastMs));
  const kind = aKind(random);
  switch (kind) {
    case 'write':
      return { atMs, kind, paths: somePaths(random), sizeBytes: aSize(random), salt: salt() };
    case 'remove':
      return { atMs, kind, path: oneOf(random, PATHS) };
    case 'tamper':
      return { atMs, kind, node: worker(), path: oneOf(random, PATHS), salt: salt() };
    case 'report':
      return { atMs, kind, node: worker(), agent: 1 + below(random, agents), salt: salt() };
    case 'regroup':
      return { atMs, kind, agent: 1 + below(random, agents), groups: someOf(random, groups) };
    case 'ask':
    case 'cut':
    case 'silence':
      return { atMs, kind, node: worker() };
    case 'cut-at':
      return {
        atMs,
        kind,
        node: worker(),
        direction: random() < 0.5 ? 'up' : 'down',
        bytes: below(random, random() < 0.5 ? 600 : 20_000),
      };
    case 'slow':
      return {
        atMs,
        kind,
        node: worker(),
        delayMs: span(20, 800),
        firstChunkBytes: oneOf(random, [50, 1_460, 65_536]),
        forMs: span(2_000, 30_000),
      };
    case 'refuse':
    case 'hang':
      return { atMs, kind, node: worker(), forMs: span(500, 15_000) };
    case 'freeze':
      return { atMs, kind, node: node(), forMs: span(200, 30_000) };
    case 'kill':
    case 'power':
      return { atMs, kind, node: node(), offMs: span(50, 8_000) };
    case 'die-at-step':
      return { atMs, kind, node: node(), steps: 1 + below(random, MAX_STEPS_TO_DIE) };
    case 'full-disk':
      return { atMs, kind, node: node(), freeBytes: below(random, 3_000), forMs: span(500, 15_000) };
    case 'bad-rename':
      return {
        atMs,
        kind,
        node: node(),
        count: 1 + below(random, 3),
        code: oneOf(random, ['EIO', 'EACCES', 'ENOSPC']),
      };
    case 'clock':
      return { atMs, kind, node: node(), byMs: span(-7_200_000, 7_200_000) };
  }
}

function aKind(random: Random): Act['kind'] {
  let at = random() * TOTAL_WEIGHT;
  for (const [kind, weight] of WEIGHTS) {
    at -= weight;
    if (at < 0) return kind;
  }
  return 'write';
}

/** Most files are small; one in thirty travels outside of packages. */
function aSize(random: Random): number {
  const drawn = random();
  if (drawn < 0.1) return 0;
  if (drawn < 0.97) return below(random, 3_000);
  return 1_048_576 + below(random, 200_000);
}

/** Mostly several at once, as with an upgrade: between them is where a set can be torn. */
const somePaths = (random: Random) =>
  random() < 0.3 ? [oneOf(random, PATHS)] : PATHS.filter(() => random() < 0.4);

const someOf = (random: Random, items: readonly string[]) => {
  const chosen = items.filter(() => random() < 0.5);
  return chosen.length > 0 ? chosen : [oneOf(random, items)];
};

/** `kill worker1 offMs=300` */
export function describe({ atMs: _, ...act }: Act): string {
  const { kind, ...rest } = act;
  return [
    kind,
    ...Object.entries(rest).map(([name, value]) => (name === 'node' ? value : `${name}=${value}`)),
  ].join(' ');
}
