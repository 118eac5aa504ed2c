import { randomBytes } from 'node:crypto';
import type { ChartPath } from '../inspect/chart-paths.ts';
import { interview } from './interview.ts';
import { DEFAULT_PATH_TIMEOUT_MS, MAX_SILENT_PATHS } from './limits.ts';
import { type Chapter, chaptersOf } from './plan.ts';
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
  /** Why the other paths were not walked: the master went away. Null if all were. */
  readonly lost: string | null;
}

const NAME_BYTES = 2;

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
  let lost: string | null = null;
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
      lost = whyLost(paths);
      if (lost !== null) break;
    }
    if (lost !== null) break;
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
    lost,
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

/** Why there is no sense in going on; null if there is. */
function whyLost(paths: readonly PathReport[]): string | null {
  const last = paths.slice(-MAX_SILENT_PATHS);
  if (last.at(-1)?.trouble === 'gone') return `${last.at(-1)?.got}: the master went away`;
  const isMute = last.length === MAX_SILENT_PATHS && last.every(({ trouble }) => trouble === 'silent');
  return isMute
    ? `${MAX_SILENT_PATHS} paths in a row without an answer: the master does not speak any more`
    : null;
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
