import { randomUUID } from 'node:crypto';
import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { AroundWait } from '../around-wait.ts';
import { HELLO_PATIENCE_MS, MAX_STRANGERS } from '../limits.ts';
import { Peer, type Request } from '../peer.ts';
import { NO_TASK } from '../sayings/say.ts';
import { Talk, type Times } from '../talk.ts';
import type { Target, Tongue } from '../target.ts';
import { acknowledgeEnd, answerAside } from './aside.ts';
import { workersChecks } from './checks.ts';
import { perform } from './deeds.ts';
import type { Door } from './door.ts';
import { isHabit } from './habits.ts';

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
  readonly aroundWait: AroundWait;
  /** How long the worker is given to connect. */
  readonly patienceMs: number;
  /** How long it may take, each time, to do what it has to do by itself. */
  readonly idleTimeoutMs: number;
  /** Null until one was accepted. */
  worker: Worker | null;
}

type Hello = ArgsOf<'hello'>;

const OTHER_CLUSTER = 3030;
const NAME_IS_CONNECTED = 3028;

/** A path that is walked at a worker, by who plays its master. */
export class TalkWithWorker extends Talk {
  readonly host: Host;
  /** The master's name of the round that was begun last. */
  masterTask = NO_TASK;

  constructor(host: Host, times: Times) {
    super(times);
    this.host = host;
  }

  get tongue(): Tongue {
    return this.host.tongue;
  }

  get workerName(): string {
    return this.host.worker?.name ?? '';
  }

  get testedName(): string {
    return this.workerName;
  }

  get aroundWait(): AroundWait {
    return this.host.aroundWait;
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

  override patienceMs(steps: readonly string[]): number | null {
    return steps.length > 0 && steps.every(isHabit) ? this.host.idleTimeoutMs : null;
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
    this.keepAlive(this.peer, 'echo-m');
  }

  /** A connection on which the worker has said `hello`; others, and those of other workers, are left. */
  async #greeted(): Promise<{ peer: Peer; request: Request }> {
    const untilMs = performance.now() + this.host.patienceMs;
    for (let attempt = 1; ; attempt += 1) {
      const peer = await this.meet(Math.max(1, untilMs - performance.now()));
      try {
        const request = await this.requestOf(peer, ['hello'], Math.min(HELLO_PATIENCE_MS, this.leftMs));
        this.#recognise(request.args as Hello);
        return { peer, request };
      } catch (error) {
        peer.drop();
        const failure = MusterError.from(error);
        if (failure.code === OTHER_CLUSTER || attempt === MAX_STRANGERS)
          throw withHint(failure, this.host.target);
      }
    }
  }

  /** Throws 3028 for another worker than the one that is tested, 3030 for one of another cluster. */
  #recognise({ name, cluster }: Hello): void {
    const { worker, target } = this.host;
    if (worker !== null && worker.name !== name)
      throw new MusterError(3028, `${name} has connected, while ${worker.name} is tested`);
    if (cluster !== target.cluster)
      throw new MusterError(
        OTHER_CLUSTER,
        `${name} says that it is of ${cluster}, and not of ${target.cluster}`,
      );
  }
}

function withHint({ code, detail }: MusterError, { dialect }: Target): MusterError {
  if (code === OTHER_CLUSTER || code === NAME_IS_CONNECTED) return new MusterError(code, detail);
  const other = dialect === 'muster' ? 'wazuh4' : 'muster';
  const hint = `who connects says no hello by ${dialect} and this key: look at both, or try --dialect ${other}`;
  return new MusterError(code, detail === null ? hint : `${detail}; ${hint}`);
}
