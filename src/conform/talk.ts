import { randomUUID } from 'node:crypto';
import type { CommandName } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import type { AroundWait } from './around-wait.ts';
import type { Checks } from './hearing.ts';
import { KEEPALIVE_MS, KEEPALIVES_IN_A_TIMEOUT, NOTICE_FACTOR, OUTLAST_FACTOR } from './limits.ts';
import type { Asked, Heard, Peer, Request } from './peer.ts';
import type { Tongue } from './target.ts';

/** What later steps of a path refer to. */
export interface Facts {
  handle: number;
  task: string;
  /** The request of the other side that was heard last and is not answered. */
  request: Request | null;
  /** The one before it, if the path has not answered that: it comes too late to do so. */
  forsaken: Request | null;
}

/** Milliseconds that a path goes by. */
export interface Times {
  /** What it may take. */
  readonly timeoutMs: number;
  /** The longest time-out that the implementation has. */
  readonly peerTimeoutMs: number;
}

const NO_ANSWER = 3020;

/** One path as it is walked: a connection, what was said on it, and how long there is. */
export abstract class Talk {
  abstract readonly tongue: Tongue;
  /** The worker of the two sides, whichever is played. */
  abstract readonly workerName: string;
  /** The side that is not played. */
  abstract readonly testedName: string;
  abstract readonly aroundWait: AroundWait;
  /** What has to be true of what is heard, beyond the shape that it has. */
  abstract readonly checks: Checks;
  /** What its strings and files hold, which nobody has sent before: a receiver may keep what was cut off. */
  readonly content = Buffer.from(`sent to see whether it arrives, and how: ${randomUUID()}`);
  readonly facts: Facts = { handle: 0, task: 'conform-none', request: null, forsaken: null };
  readonly #times: Times;
  #untilMs: number;
  #peer: Peer | null = null;
  readonly #others: Peer[] = [];
  #keepalives: NodeJS.Timeout | undefined;

  constructor(times: Times) {
    this.#times = times;
    this.#untilMs = performance.now() + times.timeoutMs;
  }

  /** A connection that is beyond `hello` becomes that of the path. */
  abstract begin(): Promise<void>;
  /** Does one step, `do.*` or `say.*`. */
  abstract perform(step: string): Promise<void>;
  /** Answers what is none of the business of a path; false for what the other side may not ask just so. */
  abstract answerAside(peer: Peer, request: Request): boolean;
  /** Acknowledges what a path has to hear, and to which there is nothing to say. */
  abstract acknowledgeEnd(peer: Peer, request: Request): void;

  get peer(): Peer {
    if (this.#peer === null) throw new Error('this path has no connection yet');
    return this.#peer;
  }

  /**
   * How long one of these steps is awaited where the other side does it by itself, and in its own time; null where it has to
   * answer, for which there is the time of the path.
   */
  patienceMs(_steps: readonly string[]): number | null {
    return null;
  }

  /** How long it may take until the other side has noticed that a time-out of its own has passed, and does what follows. */
  get noticeMs(): number {
    return this.#times.peerTimeoutMs * NOTICE_FACTOR;
  }

  get leftMs(): number {
    return Math.max(1, this.#untilMs - performance.now());
  }

  /** What was waited for until now does not count. */
  restartClock(): void {
    this.#untilMs = performance.now() + this.#times.timeoutMs;
  }

  /** Says nothing of the path for longer than the other side waits. What that asks meanwhile is answered, or heard later. */
  async outlast(): Promise<void> {
    const forMs = this.#times.peerTimeoutMs * OUTLAST_FACTOR;
    try {
      await this.aroundWait(
        `a time-out of ${this.testedName} to pass`,
        forMs,
        this.requestOf(this.peer, [], forMs),
      );
    } catch (error) {
      if (!(error instanceof MusterError) || error.code !== NO_ANSWER) throw error;
    }
    this.restartClock();
  }

  /** Sends keepalives from now on: who sends none is left, and a path may wait for longer than that. */
  keepAlive(peer: Peer, command: 'echo-c' | 'echo-m'): void {
    this.fallSilent();
    const send = () => peer.ask(command, { data: 'keepalive' }, true);
    const pauseMs = Math.min(KEEPALIVE_MS, this.#times.peerTimeoutMs / KEEPALIVES_IN_A_TIMEOUT);
    this.#keepalives = setInterval(send, pauseMs);
  }

  /** Sends no more keepalives. */
  fallSilent(): void {
    clearInterval(this.#keepalives);
  }

  /** From here on this is the connection of the path; one that was before is left alone. */
  use(peer: Peer): void {
    if (this.#peer !== null) this.#others.push(this.#peer);
    this.#peer = peer;
  }

  /** A connection beside that of the path, which ends with it. */
  protected keep(peer: Peer): void {
    this.#others.push(peer);
  }

  /** A request outside of the path: its answer. What else comes meanwhile is heard later. */
  async answerTo(peer: Peer, asked: Asked): Promise<unknown> {
    const heard = await this.#until(
      peer,
      asked.command ?? '',
      (heard) => 'to' in heard && heard.to === asked,
    );
    if (heard.kind === 'err') throw heard.error;
    return heard.kind === 'ok' ? heard.reply : null;
  }

  /** Waits for one of these requests. */
  async requestOf(peer: Peer, commands: readonly CommandName[], forMs = this.leftMs): Promise<Request> {
    const isOne = (heard: Heard) => heard.kind === 'request' && commands.includes(heard.command);
    return (await this.#until(peer, commands.join(' or '), isOne, forMs)) as Request;
  }

  /** Throws 3020, 3103, 3106 where trust was refused late, and 3100 for what is not allowed. */
  async #until(
    peer: Peer,
    what: string,
    isIt: (heard: Heard) => boolean,
    forMs = this.leftMs,
  ): Promise<Heard> {
    const untilMs = performance.now() + forMs;
    const later: Heard[] = [];
    try {
      for (;;) {
        const heard = await peer.next(untilMs);
        if (heard === null) throw new MusterError(3020, what);
        if (heard.kind === 'closed') throw closedInsteadOf(what, heard.error);
        if (heard.kind === 'trouble') throw new MusterError(3100, heard.what);
        if (isIt(heard)) return heard;
        if ('to' in heard && heard.to.isAside) continue;
        if (heard.kind !== 'request' || !this.answerAside(peer, heard)) {
          later.push(heard);
          peer.defer(heard);
        }
      }
    } finally {
      peer.putBack(later);
    }
  }

  /** What was heard next that is not for `answerAside`; null if that is nothing in time. */
  next(isWanted: (heard: Heard) => boolean, forMs?: number): Promise<Heard | null> {
    if (forMs === undefined) return this.#nextWithin(this.leftMs, isWanted);
    const what = `${this.testedName} to take the next step by itself`;
    return this.aroundWait(what, forMs, this.#nextWithin(forMs, isWanted));
  }

  async #nextWithin(forMs: number, isWanted: (heard: Heard) => boolean): Promise<Heard | null> {
    const untilMs = performance.now() + forMs;
    for (;;) {
      const heard = await this.peer.next(untilMs);
      if (heard === null || heard.kind === 'closed' || heard.kind === 'trouble') return heard;
      if (heard.kind !== 'request') {
        if (!heard.to.isAside) return heard;
      } else if (isWanted(heard) || !this.answerAside(this.peer, heard)) return heard;
    }
  }

  /** Drops every connection of the path. */
  close(): void {
    this.fallSilent();
    this.#peer?.drop();
    for (const peer of this.#others) peer.drop();
  }
}

/** With TLS 1.3 a certificate may be refused when its owner believes to be connected. */
const NOT_TRUSTED = 3106;

const closedInsteadOf = (what: string, error: MusterError | null): MusterError =>
  error?.code === NOT_TRUSTED
    ? error
    : new MusterError(3103, `the connection was closed instead of ${what}`, { cause: error });
