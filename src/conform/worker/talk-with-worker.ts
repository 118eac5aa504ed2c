import { randomUUID } from 'node:crypto';
import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import { HELLO_PATIENCE_MS } from '../limits.ts';
import { Peer, type Request } from '../peer.ts';
import { NO_TASK } from '../sayings/say.ts';
import { Talk } from '../talk.ts';
import type { Target, Tongue } from '../target.ts';
import { acknowledgeEnd, answerAside } from './aside.ts';
import { workersChecks } from './checks.ts';
import { perform } from './deeds.ts';
import type { Door } from './door.ts';

/** What is known of the implementation: what it said of itself when it was first accepted. */
export interface Worker {
  readonly name: string;
  readonly version: string;
  readonly node: string;
  /** Of the session that was accepted last. */
  session: number;
}

/** Whom this peer plays: one master, with one worker, in all of its connections. */
export interface Host {
  readonly target: Target;
  readonly tongue: Tongue;
  readonly name: string;
  readonly version: string;
  readonly door: Door;
  /** How long the worker is given to connect. */
  readonly patienceMs: number;
  /** Null until one was accepted. */
  worker: Worker | null;
}

type Hello = ArgsOf<'hello'>;

/** A path that is walked at a worker, by who plays its master. */
export class TalkWithWorker extends Talk {
  readonly host: Host;
  /** The master's name of the round that was begun last. */
  masterTask = NO_TASK;

  constructor(host: Host, timeoutMs: number) {
    super(timeoutMs);
    this.host = host;
  }

  get tongue(): Tongue {
    return this.host.tongue;
  }

  get workerName(): string {
    return this.host.worker?.name ?? '';
  }

  get checks() {
    return workersChecks;
  }

  perform(step: string): Promise<void> {
    return perform(step, this);
  }

  answerAside(peer: Peer, request: Request): boolean {
    return answerAside(peer, request, this.host);
  }

  acknowledgeEnd(peer: Peer, request: Request): void {
    acknowledgeEnd(peer, request);
  }

  async begin(): Promise<void> {
    const { peer, request } = await this.#greeted();
    this.use(peer);
    this.admit(request);
  }

  /** The worker's next connection. Rejects with 3023 if there is none. What was waited does not count. */
  async meet(forMs = this.host.patienceMs): Promise<Peer> {
    const { door, name, worker } = this.host;
    const connection = await door.next(forMs, worker?.name ?? 'a worker');
    this.restartClock();
    const peer = new Peer(connection, this.tongue.dialect(name, 'master'));
    this.keep(peer);
    return peer;
  }

  /** A round begins: its name. */
  beginRound(): string {
    this.masterTask = `conform-${randomUUID()}`;
    return this.masterTask;
  }

  /** Accepts the worker that has said this. */
  admit({ counter, args }: Request): void {
    const { name, version, node, session } = args as Hello;
    this.host.worker = { name, version, node, session };
    this.peer.reply(counter, 'hello', {
      name: this.host.name,
      version: this.host.version,
      protocol: 1,
      features: [],
    });
  }

  /** A connection on which the worker has said `hello`; others, and those of other workers, are left. */
  async #greeted(): Promise<{ peer: Peer; request: Request }> {
    const untilMs = performance.now() + this.host.patienceMs;
    let why: MusterError | null = null;
    for (;;) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 && why !== null) throw why;
      const peer = await this.meet(Math.max(1, leftMs));
      try {
        const request = await this.requestOf(peer, ['hello'], Math.min(HELLO_PATIENCE_MS, this.leftMs));
        const hello = request.args as Hello;
        const { worker, target } = this.host;
        if (worker !== null && worker.name !== hello.name)
          why = new MusterError(3028, `${hello.name} has connected, while ${worker.name} is tested`);
        else if (hello.cluster !== target.cluster)
          why = new MusterError(3030, `${hello.name} says that it is of ${hello.cluster}`);
        else return { peer, request };
      } catch (error) {
        why = MusterError.from(error);
      }
      peer.drop();
    }
  }
}
