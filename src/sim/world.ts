import { createHash, type Hash } from 'node:crypto';
import type { FileSet } from '../files/metadata.ts';
import { type Random, randomFrom } from '../simulate/random.ts';
import type { Disk } from './disk.ts';
import { type Due, EventQueue } from './event-queue.ts';

/** One life of a node: from its start until it stops, dies or loses its power. */
export interface Life {
  readonly node: string;
  isAlive: boolean;
  /** It stands still until then, as a process that was stopped, or a machine that sleeps. */
  frozenUntilMs: number;
  /** How far its clock is ahead of the world's. */
  clockAheadMs: number;
  /** Steps on its disk that it still lives to do. */
  diskStepsLeft: number;
}

export type Timer = Due<Life | null>;

/** More happenings than this at one moment are a node that spins. */
const MAX_EVENTS_AT_ONCE = 50_000;
/** When the worlds begin; any moment would do that is the same each time. */
export const BEGIN_MS = Date.UTC(2026, 0, 1);

/** A node does not come to rest at one moment. */
export class SpinError extends Error {}

/** Runs what was promised and what is to be done next, until nothing of that is left: what Node does between two events. */
const settle = (process as unknown as { _tickCallback(): void })._tickCallback;

/** Does `work` where nothing else is under way. */
const inOwnTurn = <Result>(work: () => Result) =>
  new Promise<Result>((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });

/**
 * Time, chance and what happens in one simulated cluster. One thing happens at a time, and all that follows from it in
 * promises is over before the next: with the same seed everything happens again, in the same order.
 */
export class World {
  readonly #queue = new EventQueue<Life | null>();
  readonly #seed: number;
  readonly #maxLines: number;
  readonly #randoms = new Map<string, Random>();
  readonly #digest: Hash = createHash('sha256');
  #atOnce = 0;
  #isStepOpen = false;
  readonly lines: string[] = [];
  /** By node; the home of each is the root of its disk. */
  readonly disks = new Map<string, Disk>();
  /** Whose code runs; null between nodes. */
  life: Life | null = null;
  nowMs = BEGIN_MS;
  events = 0;
  /** Work that is going on in what stands for a thread. */
  busy = 0;
  /** Called after each thing that happened. */
  onStep: (life: Life | null) => void = () => {};

  /** Each is called with each line of the trace. */
  readonly onLine: ((line: string) => void)[] = [];

  /** Called with the set that the node whose code runs has found by a scan. */
  onSettled: (set: FileSet) => void = () => {};

  /** `maxLines`: so many of the last lines of its trace are kept at least. */
  constructor(seed: number, maxLines: number) {
    this.#seed = seed;
    this.#maxLines = maxLines;
  }

  /** A source of chance of its own for each purpose: what is asked of one does not change another. */
  random(purpose: string): Random {
    let random = this.#randoms.get(purpose);
    if (random === undefined) {
      random = randomFrom(mix(this.#seed, purpose));
      this.#randoms.set(purpose, random);
    }
    return random;
  }

  after(delayMs: number, run: () => void, life: Life | null = this.life): Timer {
    return this.#queue.add(this.nowMs + Math.max(0, delayMs), life, run);
  }

  cancel(timer: Timer | undefined | null): void {
    if (timer) timer.run = null;
  }

  /** The clock on the wall of whose code runs. */
  get wallMs(): number {
    return Math.floor(this.nowMs + (this.life?.clockAheadMs ?? 0));
  }

  /** Adds to what tells one run from another. */
  note(line: string): void {
    const text = `${((this.nowMs - BEGIN_MS) / 1000).toFixed(4)} ${line}`;
    this.#digest.update(text);
    for (const hear of this.onLine) hear(text);
    this.lines.push(text);
    if (this.lines.length >= 2 * this.#maxLines) this.lines.splice(0, this.#maxLines);
  }

  noteBytes(bytes: Uint8Array): void {
    this.#digest.update(bytes);
  }

  /** SHA-256, hex, over everything that was noted so far. */
  get digest(): string {
    return this.#digest.copy().digest('hex');
  }

  /** Runs `work` as the code of this life. */
  as<Result>(life: Life | null, work: () => Result): Result {
    const before = this.life;
    this.life = life;
    try {
      return work();
    } finally {
      this.life = before;
    }
  }

  /** Lets time go by until this moment, or until `isOver` says so. Rejects with SpinError. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    while (!(await inOwnTurn(() => this.#goOn(untilMs, isOver))));
    if (!isOver()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Takes one step after the other; false if one of them waits for something that takes its own turn. */
  #goOn(untilMs: number, isOver: () => boolean): boolean {
    while (this.#isSettled()) {
      const due = isOver() ? undefined : this.#queue.next;
      if (due === undefined || due.atMs > untilMs) return true;
      const { run, owner } = due;
      const isOff = run === null || owner?.isAlive === false;
      if (!isOff && owner !== null && owner.frozenUntilMs > due.atMs) {
        this.#queue.putOff(owner.frozenUntilMs);
        continue;
      }
      this.#queue.take();
      if (!isOff) this.#step(due, run);
    }
    return false;
  }

  #step({ atMs, owner }: Timer, run: () => void): void {
    this.#atOnce = atMs > this.nowMs ? 0 : this.#atOnce + 1;
    if (this.#atOnce > MAX_EVENTS_AT_ONCE) throw new SpinError(`${owner?.node ?? 'the network'} spins`);
    this.nowMs = Math.max(this.nowMs, atMs);
    this.events += 1;
    this.life = owner;
    this.#isStepOpen = true;
    run();
  }

  /** Whether all that follows from the last step is over. */
  #isSettled(): boolean {
    if (!this.#isStepOpen) return true;
    settle();
    if (this.busy > 0) return false;
    this.#isStepOpen = false;
    this.onStep(this.life);
    this.life = null;
    return true;
  }
}

/** A seed for one purpose of a run (FNV-1a). */
function mix(seed: number, purpose: string): number {
  let mixed = 0x811c9dc5 ^ seed;
  for (let at = 0; at < purpose.length; at += 1)
    mixed = Math.imul(mixed ^ purpose.charCodeAt(at), 0x01000193);
  return mixed >>> 0;
}

let current: World | null = null;

/** The world in which the sources of the nodes run. */
export function world(): World {
  if (current === null) throw new Error('there is no simulated world');
  return current;
}

export function enter(next: World | null): void {
  current = next;
}
