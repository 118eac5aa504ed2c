import { justWait } from '../around-wait.ts';
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_PEER_TIMEOUT_MS,
  DEFAULT_WORKER_PATH_TIMEOUT_MS,
  WATCH_MS,
  WORKER_PATIENCE_MS,
} from '../limits.ts';
import { type Chapter, chaptersOf } from '../plan.ts';
import type { ConformReport } from '../report.ts';
import { ownName, type Target } from '../target.ts';
import { tongueOf } from '../tongue.ts';
import { isWanted, type WalkOptions, walkAll } from '../walk-all.ts';
import { Door } from './door.ts';
import { Habits, optionalHabitsIn } from './habits.ts';
import { interview } from './interview.ts';
import { type Host, TalkWithWorker } from './talk-with-worker.ts';

export interface ConformWorkerOptions extends WalkOptions {
  /** For each path, from the moment at which the worker has connected. */
  readonly timeoutMs?: number;
  /** How long the worker is given to connect, each time. */
  readonly patienceMs?: number;
  /** How long it may take, each time, to do what it has to do by itself. */
  readonly idleTimeoutMs?: number;
  /** How long it is left alone at first, to see whether it does what it may do by itself. */
  readonly watchMs?: number;
  /** Whether agents of it report: then it has to tell of them. */
  readonly hasAgents?: boolean;
}

/**
 * Plays a master, to which a worker connects again and again, along every path of the machines of conformance of workers.
 * Throws a MusterError if that comes to nothing: 3101 (the port), 3023 (nobody came), 3030 (a worker of another cluster).
 */
export async function conformWorker(
  target: Target,
  options: ConformWorkerOptions = {},
): Promise<ConformReport> {
  const { timeoutMs = DEFAULT_WORKER_PATH_TIMEOUT_MS, isActive = false, hasAgents = false } = options;
  const { dialect, release } = target;
  const tongue = tongueOf(target);
  const { aroundWait = justWait, peerTimeoutMs } = options;
  const times = { timeoutMs, peerTimeoutMs: peerTimeoutMs ?? DEFAULT_PEER_TIMEOUT_MS };
  const door = new Door(aroundWait);
  const host: Host = {
    target,
    tongue,
    name: ownName(target),
    version: dialect === 'wazuh4' ? release : 'conform',
    door,
    aroundWait,
    patienceMs: options.patienceMs ?? WORKER_PATIENCE_MS,
    idleTimeoutMs: options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
    worker: null,
  };
  await door.open(tongue, host.name);
  try {
    const chapters = chaptersOf({ dialect, isActive, isPatient: peerTimeoutMs !== undefined }, 'worker');
    const optional = optionalHabitsIn(stepsIn(chapters, options.only), hasAgents);
    const habits = new Habits(await interview(host, options.watchMs ?? WATCH_MS, optional));
    const walked = await walkAll({
      ...options,
      role: 'worker',
      chapters,
      obstacleTo: (steps) => habits.obstacleTo(steps),
      note: (report) => habits.note(report),
      newTalk: () => new TalkWithWorker(host, times),
    });
    return { dialect, address: door.address, role: 'worker', ...namesOf(host), isActive, ...walked };
  } finally {
    await door.close();
  }
}

const stepsIn = (chapters: readonly Chapter[], only?: RegExp) =>
  chapters.flatMap((chapter) =>
    chapter.paths.filter((path) => isWanted(chapter, path, only)).flatMap((path) => path.map(({ on }) => on)),
  );

function namesOf({ name, version, worker }: Host) {
  return { master: { name, version }, worker: worker?.name ?? '', workerVersion: worker?.version ?? null };
}
