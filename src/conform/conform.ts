import { randomBytes } from 'node:crypto';
import type { ChartPath } from '../inspect/chart-paths.ts';
import type { ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { answerAside } from './aside.ts';
import { ASK_AGAIN_MS, DEFAULT_PATH_TIMEOUT_MS, GROUPS_PATIENCE_MS } from './limits.ts';
import type { Peer } from './peer.ts';
import { type Chapter, chaptersOf } from './plan.ts';
import { learnSet } from './show.ts';
import { type Master, type Part, Talk } from './talk.ts';
import type { Target, Tongue } from './target.ts';
import { tongueOf } from './tongue.ts';
import { Walk, type WalkedPath } from './walk.ts';

export interface ConformOptions {
  /** Only paths whose title this matches. */
  readonly only?: RegExp;
  /** For each path. */
  readonly timeoutMs?: number;
  /** Whether rows and files may be sent: the other paths change nothing. */
  readonly isActive?: boolean;
  readonly onPath?: (path: PathReport) => void;
}

export interface PathReport extends WalkedPath {
  /** Id of the machine in the catalogue. */
  readonly machine: string;
  readonly steps: readonly string[];
  readonly tookMs: number;
}

/** A path that cannot be walked here. */
export interface NotWalked {
  readonly machine: string;
  readonly steps: readonly string[];
  readonly why: string;
}

export interface ConformReport {
  readonly dialect: Target['dialect'];
  readonly address: string;
  /** Name and version as the implementation tells them. */
  readonly master: { readonly name: string; readonly version: string };
  /** Under which name it was spoken to. */
  readonly worker: string;
  readonly isActive: boolean;
  readonly paths: readonly PathReport[];
  readonly notWalked: readonly NotWalked[];
}

const UNKNOWN: Master = { name: '', version: '', digest: null, set: null, hasGroups: false };
const NAME_BYTES = 2;
const NO_ANSWER = 3020;

/**
 * Plays a worker against a running master, along every path of the machines of conformance, one after the other. Throws a
 * MusterError if it cannot be spoken to at all: 3102, 3106 (another key), 3028 to 3031 as it answers `hello`, 3020, 3103.
 */
export async function conform(target: Target, options: ConformOptions = {}): Promise<ConformReport> {
  const { timeoutMs = DEFAULT_PATH_TIMEOUT_MS, isActive = false, only } = options;
  const tongue = tongueOf(target);
  const part = partIn(target, tongue);
  const master = await interview(part, timeoutMs, isActive);
  const paths: PathReport[] = [];
  const notWalked: NotWalked[] = [];
  for (const chapter of chaptersOf({ dialect: target.dialect, isActive })) {
    for (const path of chapter.paths) {
      const steps = path.map(({ on }) => on);
      if (only?.test(titleOf(chapter.id, steps)) === false) continue;
      const why = obstacleTo(steps, tongue, master);
      if (why !== null) {
        notWalked.push({ machine: chapter.id, steps, why });
        continue;
      }
      const report = await walk(chapter, path, new Talk(part, master, timeoutMs));
      paths.push(report);
      options.onPath?.(report);
    }
  }
  const { name, version } = master;
  const address = `${target.host}:${target.port}`;
  return {
    dialect: target.dialect,
    address,
    master: { name, version },
    worker: part.name,
    isActive,
    paths,
    notWalked,
  };
}

/** A path in one line. */
export const titleOf = (machine: string, steps: readonly string[]): string =>
  `${machine}: ${steps.join(', ')}`;

async function walk(chapter: Chapter, path: ChartPath, talk: Talk): Promise<PathReport> {
  const startedMs = performance.now();
  try {
    const walked = await new Walk(chapter, talk).follow(path);
    const steps = path.map(({ on }) => on);
    return { machine: chapter.id, steps, ...walked, tookMs: Math.round(performance.now() - startedMs) };
  } finally {
    talk.close();
  }
}

function partIn(target: Target, tongue: Tongue): Part {
  let session = Date.now();
  return {
    target,
    tongue,
    name: `conform-${randomBytes(NAME_BYTES).toString('hex')}`,
    node: randomBytes(16).toString('hex'),
    nextSession: () => {
      session += 1;
      return session;
    },
  };
}

/** Why a path cannot be walked here; null if it can. */
function obstacleTo(
  steps: readonly string[],
  { provesKey }: Tongue,
  { set, hasGroups }: Master,
): string | null {
  if (!provesKey && steps.includes('do.connect.wrongKey')) return 'without TLS nothing proves the key';
  if (set === null && steps.includes('do.showAll')) return 'the master did not send all of its set at once';
  if (!hasGroups && steps.includes('hear.syn_g_m_w_c'))
    return 'the master has no agent that is in a group, and so nothing to send';
  return null;
}

/** Whether it can be spoken to, and who it is: what it cannot be asked is no matter of a path. */
async function interview(part: Part, timeoutMs: number, isActive: boolean): Promise<Master> {
  const talk = new Talk(part, UNKNOWN, timeoutMs);
  try {
    const { peer } = await talk.session();
    const nodes = (await talk.answerTo(peer, peer.ask('get_nodes', {}))) as ReplyOf<'get_nodes'>;
    const { name, version = 'unknown' } = nodes.items.find(({ type }) => type === 'master') ?? {};
    if (name === undefined) throw new MusterError(3108, 'get_nodes names no master');
    const digest = tongueHasDigests(part) ? await digestOf(talk, peer) : null;
    const set = isActive ? await learnSet(talk, peer) : null;
    return { name, version, digest, set, hasGroups: await sendsGroups(talk, peer) };
  } catch (error) {
    throw withHint(MusterError.from(error), part.target);
  } finally {
    talk.close();
  }
}

const tongueHasDigests = ({ tongue }: Part) => tongue.name === 'muster';

/** Of the master's set; before its first scan it knows none, and gives no permission. */
async function digestOf(talk: Talk, peer: Peer): Promise<string | null> {
  for (;;) {
    const asked = peer.ask('syn_i_w_m_p', { digest: null });
    const { digest } = (await talk.answerTo(peer, asked)) as ReplyOf<'syn_i_w_m_p'>;
    if (digest !== null || talk.leftMs <= ASK_AGAIN_MS) return digest;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** Masters of Muster's own dialect send all agent-groups even if there are none; others may have nothing to say. */
async function sendsGroups(talk: Talk, peer: Peer): Promise<boolean> {
  if (talk.part.tongue.name === 'muster') return true;
  await talk.answerTo(peer, peer.ask('syn_w_g_c', {}));
  const request = await talk
    .requestOf(peer, ['syn_g_m_w_c'], GROUPS_PATIENCE_MS)
    .catch((error: MusterError) => {
      if (error.code === NO_ANSWER) return null;
      throw error;
    });
  if (request !== null) answerAside(peer, request);
  return request !== null;
}

/** Codes by which nobody who speaks the dialect answers. */
const SPEECHLESS: ReadonlySet<number> = new Set([3020, 3100, 3103, 3104]);

function withHint(error: MusterError, { dialect, host, port }: Target): MusterError {
  if (!SPEECHLESS.has(error.code)) return error;
  const other = dialect === 'muster' ? 'wazuh4' : 'muster';
  const hint = `${host}:${port} does not answer as a master that speaks ${dialect} and has this key: look at both, or try --dialect ${other}`;
  return new MusterError(error.code, error.detail === null ? hint : `${error.detail}; ${hint}`, {
    cause: error,
  });
}
