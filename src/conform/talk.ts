import { randomUUID } from 'node:crypto';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { answerAside } from './aside.ts';
import { ASK_AGAIN_MS } from './limits.ts';
import { type Asked, type Heard, Peer } from './peer.ts';
import type { FileList } from './show.ts';
import type { Target, Tongue } from './target.ts';

/** What is known of the implementation before its paths are walked. */
export interface Master {
  readonly name: string;
  readonly version: string;
  /** Root digest of its set, null where the dialect has none, or it has not scanned yet. */
  readonly digest: string | null;
  /** Its files, as they are listed; null if that is not known. */
  readonly set: FileList | null;
  /** Whether it sends agent-groups to who asks for all of them. */
  readonly hasGroups: boolean;
}

/** Whom this peer plays: one worker, in all of its connections. */
export interface Part {
  readonly target: Target;
  readonly tongue: Tongue;
  readonly name: string;
  /** Id of its installation, 32 hexadecimal digits. */
  readonly node: string;
  nextSession(): number;
}

/** What later steps of a path refer to. */
export interface Facts {
  handle: number;
  task: string;
  /** The request of the master that was heard last and is not answered. */
  request: { readonly counter: number; readonly command: CommandName } | null;
}

type Request = Extract<Heard, { kind: 'request' }>;

const NAME_IS_CONNECTED = 3028;

/** One path as it is walked: a connection, what was said on it, and how long there is. */
export class Talk {
  readonly part: Part;
  readonly master: Master;
  /** In milliseconds of `performance.now()`. */
  readonly untilMs: number;
  /** What its strings and files hold, which nobody has sent before: a master may keep what was cut off. */
  readonly content = Buffer.from(`sent to see whether it arrives, and how: ${randomUUID()}`);
  readonly facts: Facts = { handle: 0, task: 'conform-none', request: null };
  #peer: Peer | null = null;
  readonly #others: Peer[] = [];

  constructor(part: Part, master: Master, timeoutMs: number) {
    this.part = part;
    this.master = master;
    this.untilMs = performance.now() + timeoutMs;
  }

  get peer(): Peer {
    if (this.#peer === null) throw new Error('this path has no connection yet');
    return this.#peer;
  }

  get leftMs(): number {
    return Math.max(1, this.untilMs - performance.now());
  }

  async connect(name = this.part.name): Promise<Peer> {
    const { tongue } = this.part;
    const connection = await tongue.connect(name, this.leftMs);
    return new Peer(connection, tongue.dialect(name));
  }

  /** From here on this is the connection of the path; one that was before is left alone. */
  use(peer: Peer): void {
    if (this.#peer !== null) this.#others.push(this.#peer);
    this.#peer = peer;
  }

  /** A connection that was accepted by `hello`. Throws what the master says against it. */
  async session(change: Partial<ArgsOf<'hello'>> = {}): Promise<{ peer: Peer; reply: ReplyOf<'hello'> }> {
    for (;;) {
      const peer = await this.connect();
      this.#others.push(peer);
      try {
        const asked = peer.ask('hello', this.hello(change));
        return { peer, reply: (await this.answerTo(peer, asked)) as ReplyOf<'hello'> };
      } catch (error) {
        peer.drop();
        // The end of the connection of another path may not have been noticed yet.
        const isClaimed = error instanceof MusterError && error.code === NAME_IS_CONNECTED;
        if (!isClaimed || this.leftMs <= ASK_AGAIN_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
  }

  hello(change: Partial<ArgsOf<'hello'>> = {}): ArgsOf<'hello'> {
    const { name, node, target } = this.part;
    return {
      name,
      cluster: target.cluster,
      type: 'worker',
      version: 'conform',
      protocol: { min: 1, max: 1 },
      features: [],
      node,
      session: this.part.nextSession(),
      ...change,
    };
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

  /** Waits for one of these requests of the master. */
  async requestOf(peer: Peer, commands: readonly CommandName[], forMs = this.leftMs): Promise<Request> {
    const isOne = (heard: Heard) => heard.kind === 'request' && commands.includes(heard.command);
    return (await this.#until(peer, commands.join(' or '), isOne, forMs)) as Request;
  }

  /** Throws 3020, 3103, and 3100 for what is not allowed. */
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
        if (heard.kind === 'closed')
          throw new MusterError(3103, `the connection was closed instead of ${what}`);
        if (heard.kind === 'trouble') throw new MusterError(3100, heard.what);
        if (isIt(heard)) return heard;
        if ('to' in heard && heard.to.isAside) continue;
        if (heard.kind !== 'request' || !answerAside(peer, heard)) later.push(heard);
      }
    } finally {
      peer.putBack(later);
    }
  }

  /** What was heard next that is not for `answerAside`; null if that is nothing in time. */
  async next(isWanted: (heard: Heard) => boolean): Promise<Heard | null> {
    for (;;) {
      const heard = await this.peer.next(this.untilMs);
      if (heard === null || heard.kind === 'closed' || heard.kind === 'trouble') return heard;
      if (heard.kind !== 'request') {
        if (!heard.to.isAside) return heard;
      } else if (isWanted(heard) || !answerAside(this.peer, heard)) return heard;
    }
  }

  /** Drops every connection of the path. */
  close(): void {
    this.#peer?.drop();
    for (const peer of this.#others) peer.drop();
  }
}
