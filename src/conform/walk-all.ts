import type { ChartPath } from '../inspect/chart-paths.ts';
import { MAX_SILENT_PATHS } from './limits.ts';
import type { Chapter } from './plan.ts';
import { type NotWalked, type PathReport, titleOf } from './report.ts';
import type { Talk } from './talk.ts';
import { Walk } from './walk.ts';

export interface WalkOptions {
  /** Only paths whose title this matches. */
  readonly only?: RegExp;
  /** `left`: how many there are still. */
  readonly onPath?: (path: PathReport, left: number) => void;
}

interface Walks extends WalkOptions {
  readonly chapters: readonly Chapter[];
  /** What the implementation is, for people. */
  readonly role: 'master' | 'worker';
  /** Why a path cannot be walked here; null if it can. */
  obstacleTo(steps: readonly string[]): string | null;
  /** For one path. */
  newTalk(): Talk;
}

/** Whether a path is one of those that are to be walked. */
export const isWanted = ({ id }: Chapter, path: ChartPath, only?: RegExp): boolean =>
  only?.test(titleOf(id, stepsOf(path))) !== false;

const stepsOf = (path: ChartPath) => path.map(({ on }) => on);

interface Walked {
  readonly paths: readonly PathReport[];
  readonly notWalked: readonly NotWalked[];
  readonly lost: string | null;
}

/** Walks every path of these chapters, one after the other, until the implementation goes away. */
export async function walkAll(walks: Walks): Promise<Walked> {
  const { role, onPath, newTalk } = walks;
  const { ways, notWalked } = waysOf(walks);
  const paths: PathReport[] = [];
  for (const { chapter, path } of ways) {
    const report = await walk(chapter, path, newTalk());
    paths.push(report);
    onPath?.(report, ways.length - paths.length);
    const lost = whyLost(paths, role);
    if (lost !== null) return { paths, notWalked, lost };
  }
  return { paths, notWalked, lost: null };
}

/** Which paths there are to walk, and which cannot be. */
function waysOf({ chapters, only, obstacleTo }: Walks) {
  const ways: { chapter: Chapter; path: ChartPath }[] = [];
  const notWalked: NotWalked[] = [];
  for (const chapter of chapters)
    for (const path of chapter.paths.filter((one) => isWanted(chapter, one, only))) {
      const steps = stepsOf(path);
      const why = obstacleTo(steps);
      if (why === null) ways.push({ chapter, path });
      else notWalked.push({ machine: chapter.id, steps, why });
    }
  return { ways, notWalked };
}

async function walk(chapter: Chapter, path: ChartPath, talk: Talk): Promise<PathReport> {
  const startedMs = performance.now();
  try {
    const walked = await new Walk(chapter, talk).follow(path);
    return {
      machine: chapter.id,
      steps: stepsOf(path),
      ...walked,
      tookMs: Math.round(performance.now() - startedMs),
    };
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
