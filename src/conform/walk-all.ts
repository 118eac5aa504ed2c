import type { ChartPath } from '../inspect/chart-paths.ts';
import { MusterError } from '../protocol/errors.ts';
import type { AroundWait } from './around-wait.ts';
import { MAX_SILENT_PATHS } from './limits.ts';
import type { Chapter } from './plan.ts';
import { type ConformReport, type NotWalked, type PathReport, titleOf } from './report.ts';
import type { Talk } from './talk.ts';
import { Walk } from './walk.ts';

export interface WalkOptions {
  /** Only paths whose title this matches. */
  readonly only?: RegExp;
  /** `left`: how many there are still. */
  readonly onPath?: (path: PathReport, left: number) => void;
  readonly aroundWait?: AroundWait;
  /** Whether rows and files may be sent: the other paths change nothing. */
  readonly isActive?: boolean;
  /** The longest time-out of the implementation: paths that wait for one are walked then. */
  readonly peerTimeoutMs?: number;
}

interface Walks extends WalkOptions {
  readonly chapters: readonly Chapter[];
  /** What the implementation is, for people. */
  readonly role: 'master' | 'worker';
  /** Why a path cannot be walked here; null if it can. Asked when its turn comes. */
  obstacleTo(steps: readonly string[]): string | null;
  /** Hears what became of each path: it may be an obstacle to others. */
  note?(report: PathReport): void;
  /** For one path. */
  newTalk(): Talk;
}

/** Whether a path is one of those that are to be walked. */
export const isWanted = ({ id }: Chapter, path: ChartPath, only?: RegExp): boolean =>
  only?.test(titleOf(id, stepsOf(path))) !== false;

const stepsOf = (path: ChartPath) => path.map(({ on }) => on);

type Walked = Pick<ConformReport, 'paths' | 'notWalked' | 'failed' | 'lost' | 'unreached'>;

/** Walks every path of these chapters, one after the other, until the implementation goes away. */
export async function walkAll(walks: Walks): Promise<Walked> {
  const { role, onPath, newTalk } = walks;
  const ways = waysOf(walks);
  const paths: PathReport[] = [];
  const notWalked: NotWalked[] = [];
  const failed: NotWalked[] = [];
  for (const [index, { chapter, path }] of ways.entries()) {
    const steps = stepsOf(path);
    const why = walks.obstacleTo(steps);
    if (why !== null) {
      notWalked.push({ machine: chapter.id, steps, why });
      continue;
    }
    const report = await walk(chapter, path, newTalk());
    if ('why' in report) {
      failed.push(report);
      continue;
    }
    paths.push(report);
    walks.note?.(report);
    const left = ways.slice(index + 1);
    onPath?.(report, left.filter((way) => canBeWalked(way, walks)).length);
    const lost = whyLost(paths, role);
    if (lost !== null) return { paths, notWalked, failed, lost, unreached: left.map(which) };
  }
  return { paths, notWalked, failed, lost: null, unreached: [] };
}

interface Way {
  readonly chapter: Chapter;
  readonly path: ChartPath;
}

const waysOf = ({ chapters, only }: Walks): Way[] =>
  chapters.flatMap((chapter) =>
    chapter.paths.filter((path) => isWanted(chapter, path, only)).map((path) => ({ chapter, path })),
  );

const which = ({ chapter, path }: Way) => ({ machine: chapter.id, steps: stepsOf(path) });

const canBeWalked = ({ path }: Way, { obstacleTo }: Walks) => obstacleTo(stepsOf(path)) === null;

/** A wrong of this test itself costs one path, and not what is known of the others. */
async function walk(chapter: Chapter, path: ChartPath, talk: Talk): Promise<PathReport | NotWalked> {
  const startedMs = performance.now();
  const told = which({ chapter, path });
  try {
    const walked = await new Walk(chapter, talk).follow(path);
    return { ...told, ...walked, tookMs: Math.round(performance.now() - startedMs) };
  } catch (error) {
    return { ...told, why: MusterError.from(error).toLog() };
  } finally {
    talk.close();
  }
}

/** Why there is no sense in going on; null if there is. */
function whyLost(paths: readonly PathReport[], role: string): string | null {
  const last = paths.slice(-MAX_SILENT_PATHS);
  if (last.at(-1)?.trouble === 'gone') return `${last.at(-1)?.got}: the ${role} went away`;
  const isMute = last.length === MAX_SILENT_PATHS && last.every(({ trouble }) => trouble === 'silent');
  return isMute
    ? `${MAX_SILENT_PATHS} paths in a row without an answer: the ${role} does not speak any more`
    : null;
}
