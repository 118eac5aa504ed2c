import { MusterError } from '../../protocol/errors.ts';
import { type Host, TalkWithWorker } from './talk-with-worker.ts';

/** What a worker does by itself, now and then: what it asks, and why paths on which it has to are not walked where it does not. */
const HABITS: Readonly<Record<string, string>> = {
  'echo-c': 'the worker sent no keepalive while it was watched: its pause between them is too long',
  syn_i_w_m_p: 'the worker asked for no permission while it was watched',
  syn_a_w_m_p: 'the worker had nothing to tell of agents while it was watched',
};

/** Those of which these steps are about. */
const habitsIn = (steps: readonly string[]): string[] =>
  Object.keys(HABITS).filter((command) => steps.includes(`hear.${command}`));

/** What a worker was seen to do. */
export class Habits {
  readonly #seen: ReadonlySet<string>;

  constructor(seen: ReadonlySet<string>) {
    this.#seen = seen;
  }

  /** Why a path cannot be walked here; null if it can. */
  obstacleTo(steps: readonly string[]): string | null {
    const [missing] = habitsIn(steps).filter((command) => !this.#seen.has(command));
    return missing === undefined ? null : (HABITS[missing] ?? null);
  }
}

/**
 * Who it is, and what it does by itself within this time, of what these steps are about: what it does not do is no matter
 * of a path. Rejects with 3023, 3028, 3030 and 3103.
 */
export async function interview(host: Host, watchMs: number, steps: readonly string[]): Promise<Habits> {
  const talk = new TalkWithWorker(host, watchMs);
  try {
    await talk.begin();
    return new Habits(await watch(talk, habitsIn(steps)));
  } finally {
    talk.close();
  }
}

/** What it asks. Whatever it is, is answered or refused. */
async function watch(talk: TalkWithWorker, habits: readonly string[]): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const untilMs = performance.now() + talk.leftMs;
  while (!habits.every((command) => seen.has(command))) {
    const heard = await talk.peer.next(untilMs);
    if (heard === null) break;
    if (heard.kind === 'closed')
      throw new MusterError(3103, 'the worker closed the connection when it had been accepted');
    if (heard.kind === 'trouble') throw new MusterError(3100, heard.what);
    if (heard.kind !== 'request') continue;
    seen.add(heard.command);
    if (!talk.answerAside(talk.peer, heard)) talk.peer.refuse(heard.counter, new MusterError(3109));
  }
  return seen;
}
