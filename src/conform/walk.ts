import type { Sections } from '../../machines/conformance/terms.ts';
import type { ChartPath } from '../inspect/chart-paths.ts';
import { type ChartTransition, placeName, transitionText } from '../inspect/transitions.ts';
import { MusterError } from '../protocol/errors.ts';
import { expectation, fits, remember, tell } from './hearing.ts';
import { MAX_OWED_ANSWERS } from './limits.ts';
import type { Heard } from './peer.ts';
import type { Chapter } from './plan.ts';
import type { Talk } from './talk.ts';

/**
 * What became of a path. `conforms`: every step was as it says. `otherwise`: the implementation did another thing that the
 * model allows it, so that the path could not be walked on. `departs`: it did what the model does not allow.
 */
export type Outcome = 'conforms' | 'otherwise' | 'departs';

export interface WalkedPath extends Place {
  readonly outcome: Outcome;
  /** Number of the step at which it was left, from 1, 0 before the first; null where it conforms. */
  readonly at: number | null;
  /** What could have come there, in words. */
  readonly expected: readonly string[];
  readonly got: string | null;
  /** Names of the differences between implementations that showed. */
  readonly differences: readonly string[];
  /**
   * Whether it was left because nobody listens any more (`gone`), nothing came in time (`silent`), or what the other side has
   * to do by itself did not (`idle`).
   */
  readonly trouble: 'gone' | 'silent' | 'idle' | null;
}

/** Where a path was left. */
interface Place {
  /** Name of the state in which the machine was then; null where the path conforms. */
  readonly state: string | null;
  /** What may be heard in that state, and where it leads: `asked: hear.ok.refused [grantsOnceInACycle] → idle`. */
  readonly allowed: readonly string[];
  readonly sections: Sections | null;
}
const NOWHERE: Place = { state: null, allowed: [], sections: null };

/** Nobody listens, or nobody comes. */
const GONE: ReadonlySet<number> = new Set([3102, 3023]);
/** No answer, and no end of a handshake. */
const SILENT: ReadonlySet<number> = new Set([3020, 3104]);

const isHeard = ({ on }: ChartTransition) => on.startsWith('hear.');
/** Guards that say which dialect a transition is of, or when it is walked, and name no difference. */
const PLAIN_GUARD = /^(?:in(?:Muster|Wazuh4)(?:WhenActive)?|whenActive)$/;

/** Whether a guard is the name of something in which implementations may differ (differences.ts). */
export const isDifference = (guard: string): boolean => !PLAIN_GUARD.test(guard);

/** What was heard, which step that is, and how long it was awaited if it has to come by itself. */
interface Next {
  readonly heard: Heard | null;
  readonly taken: ChartTransition | undefined;
  readonly patienceMs: number | null;
}

/** Walks one path over a real connection. */
export class Walk {
  readonly #chapter: Chapter;
  readonly #talk: Talk;
  readonly #differences = new Set<string>();
  #state: string;

  constructor(chapter: Chapter, talk: Talk) {
    this.#chapter = chapter;
    this.#talk = talk;
    this.#state = chapter.initial;
  }

  async follow(path: ChartPath): Promise<WalkedPath> {
    try {
      if (this.#chapter.begins === 'session') await this.#talk.begin();
    } catch (error) {
      return this.#failure(-1, ['a session'], error);
    }
    for (const [index, branch] of path.entries()) {
      const left = isHeard(branch) ? await this.#hear(index, branch) : await this.#do(index, branch);
      if (left !== null) return left;
    }
    return (await this.#settle(path.length)) ?? this.#end('conforms', null, [], null);
  }

  async #do(index: number, branch: ChartTransition): Promise<WalkedPath | null> {
    try {
      await this.#talk.perform(branch.on);
    } catch (error) {
      return this.#failure(index, ['that this can be done'], error);
    }
    this.#go(branch);
    return null;
  }

  async #hear(index: number, branch: ChartTransition): Promise<WalkedPath | null> {
    const { heard, taken, patienceMs } = await this.#next();
    if (taken === undefined) return this.#departure(index, this.#expected(), heard, patienceMs);
    const place = this.#place();
    this.#go(taken);
    if (taken.on === branch.on) return null;
    const expected = [expectation(branch.on, this.#talk)];
    return { ...this.#end('otherwise', index, expected, tell(heard)), ...place };
  }

  /** The implementation may still owe something when all steps were done; and a connection that is kept is served. */
  async #settle(steps: number): Promise<WalkedPath | null> {
    for (let owed = 0; owed < MAX_OWED_ANSWERS && this.#owes; owed += 1) {
      const { heard, taken, patienceMs } = await this.#next();
      if (taken === undefined) return this.#departure(steps, this.#expected(), heard, patienceMs);
      this.#go(taken);
    }
    if (!this.#chapter.isKept(this.#state)) return null;
    const echo = this.#talk.peer.ask('echo', { data: 'still there' });
    const heard = await this.#talk.next(() => false);
    if (heard?.kind === 'ok' && heard.to === echo && fits('hear.ok', heard, this.#talk)) return null;
    return this.#departure(steps, ['that the connection is kept, and an echo answered'], heard);
  }

  /** Whether nothing else can be done than to listen. */
  get #owes(): boolean {
    const branches = this.#chapter.from(this.#state);
    return branches.length > 0 && branches.every(isHeard);
  }

  async #next(): Promise<Next> {
    const awaited = this.#awaited;
    const patienceMs = this.#chapter.isOutlasted(this.#state)
      ? this.#talk.noticeMs
      : this.#talk.patienceMs(awaited.map(({ on }) => on));
    const find = (heard: Heard) => awaited.find(({ on }) => fits(on, heard, this.#talk));
    const heard = await this.#talk.next((request) => find(request) !== undefined, patienceMs ?? undefined);
    if (heard === null) return { heard, taken: undefined, patienceMs };
    if (patienceMs !== null) this.#talk.restartClock();
    const taken = find(heard);
    remember(heard, this.#talk);
    if (taken !== undefined && heard.kind === 'request') this.#talk.acknowledgeEnd(this.#talk.peer, heard);
    return { heard, taken, patienceMs };
  }

  /** What may be heard where the path is. */
  get #awaited(): ChartTransition[] {
    return this.#chapter.from(this.#state).filter(isHeard);
  }

  #expected(): string[] {
    return this.#awaited.map(({ on }) => expectation(on, this.#talk));
  }

  #go({ source, targets, guard }: ChartTransition): void {
    if (guard !== null && isDifference(guard)) this.#differences.add(guard);
    this.#state = this.#chapter.entered(targets[0] ?? source);
  }

  /** Where the path is in the chart. */
  #place(): Place {
    return {
      state: placeName(this.#state),
      allowed: this.#awaited.map(transitionText),
      sections: this.#chapter.sectionsOf(this.#state),
    };
  }

  /** `patienceMs`: how long that was awaited which has to come by itself; null where it has to be answered. */
  #departure(
    index: number,
    expected: readonly string[],
    heard: Heard | null,
    patienceMs: number | null = null,
  ): WalkedPath {
    if (heard !== null) return this.#end('departs', index, expected, tell(heard));
    if (patienceMs === null)
      return { ...this.#end('departs', index, expected, tell(heard)), trouble: 'silent' };
    const got = `nothing within ${patienceMs / 1_000} s`;
    return { ...this.#end('departs', index, expected, got), trouble: 'idle' };
  }

  /** What was to be done cannot be done. Throws what is no failure of the other side. */
  #failure(index: number, expected: readonly string[], error: unknown): WalkedPath {
    if (!(error instanceof MusterError)) throw error;
    const trouble = GONE.has(error.code) ? 'gone' : SILENT.has(error.code) ? 'silent' : null;
    return { ...this.#end('departs', index, expected, error.toLog()), trouble };
  }

  #end(outcome: Outcome, index: number | null, expected: readonly string[], got: string | null): WalkedPath {
    return {
      outcome,
      at: index === null ? null : index + 1,
      expected,
      got,
      ...(index === null ? NOWHERE : this.#place()),
      differences: [...this.#differences],
      trouble: null,
    };
  }
}
