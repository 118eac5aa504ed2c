import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import type { Connection } from '../../src/transport/transport.ts';

const COMMANDS = new Set(['echo', 'echo-m', 'get_files', 'new_str', 'cancel_task']);
const DIGEST = 'a'.repeat(128);
const KEEPALIVE_MS = 40;
const MAX_FAILED_KEEPALIVES = 2;
const CONNECT_TIMEOUT_MS = 1_000;
const HELLO = 1;

/** In what it does otherwise than the protocol says. */
export interface WorkerFaults {
  /** What a keepalive of the master is answered. */
  readonly keepalive?: string;
  /** By which code it refuses what it does not know. */
  readonly unknownCode?: number;
  /** Whether every session has the same number. */
  readonly keepsSession?: boolean;
  /** Whether it stays although its hello was refused. */
  readonly staysRefused?: boolean;
  /** Whether it stays whatever becomes of its keepalives. */
  readonly trustsSilence?: boolean;
  /** Whether it sends no keepalives. */
  readonly isIdle?: boolean;
  /** Of which cluster it says that it is. */
  readonly cluster?: string;
  /** Connections that it makes, and then no more. */
  readonly connections?: number;
}

/** A worker of Muster's dialect, without TLS, that says hello and keepalives, and answers a few requests. */
export class ScriptedWorker {
  readonly #faults: WorkerFaults;
  readonly #transport: TcpTransport;
  #connection: Connection | null = null;
  #connections = 0;
  #isStopped = false;

  constructor(port: number, faults: WorkerFaults = {}) {
    this.#faults = faults;
    this.#transport = new TcpTransport({ host: '127.0.0.1', port });
  }

  /** Connects, and does so again whenever a connection ends. */
  start(): void {
    const { connections = Number.POSITIVE_INFINITY } = this.#faults;
    if (this.#isStopped || this.#connections >= connections) return;
    this.#transport.connect({ timeoutMs: CONNECT_TIMEOUT_MS }).then(
      (connection) => this.#begin(connection),
      () => setImmediate(() => this.start()),
    );
  }

  stop(): void {
    this.#isStopped = true;
    this.#connection?.destroy(null);
  }

  #begin(connection: Connection): void {
    this.#connections += 1;
    this.#connection = connection;
    const session = new Session(connection, this.#faults, this.#connections, () => this.start());
    session.greet();
    if (this.#isStopped) connection.destroy(null);
  }
}

class Session {
  readonly #connection: Connection;
  readonly #faults: WorkerFaults;
  readonly #number: number;
  readonly #decoder = new FrameDecoder();
  #counter = HELLO;
  #failed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection, faults: WorkerFaults, number: number, onClosed: () => void) {
    this.#connection = connection;
    this.#faults = faults;
    this.#number = number;
    connection.start({
      data: (chunk) => this.#read(chunk),
      drain: () => {},
      end: () => connection.end(),
      close: () => {
        clearInterval(this.#timer);
        onClosed();
      },
    });
  }

  greet(): void {
    const { cluster = 'wazuh', keepsSession } = this.#faults;
    const hello = {
      name: 'scripted',
      cluster,
      type: 'worker' as const,
      version: '1',
      protocol: { min: 1, max: 1 },
      features: [],
      node: 'b'.repeat(32),
      session: keepsSession === true ? 1 : this.#number,
    };
    this.#connection.write(musterDialect.encodeRequest(HELLO, 'hello', hello));
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk, (message) => this.#take(message));
    } catch {
      this.#connection.destroy(null);
    }
  }

  #take(message: Message): void {
    if (message.command === 'ok' || message.command === 'err') this.#takeAnswer(message);
    else this.#takeRequest(message);
  }

  #takeAnswer(message: Message): void {
    const { counter, command } = message;
    if (counter !== HELLO) this.#judge(command === 'ok');
    else if (command === 'ok') this.#settle(message);
    else if (this.#faults.staysRefused !== true) this.#connection.end();
  }

  #settle(message: Message): void {
    musterDialect.decodeReply('hello', message);
    if (this.#faults.isIdle === true) return;
    this.#timer = setInterval(() => {
      this.#counter += 1;
      this.#connection.write(musterDialect.encodeRequest(this.#counter, 'echo-c', { data: 'keepalive' }));
    }, KEEPALIVE_MS);
  }

  #judge(isAlive: boolean): void {
    this.#failed = isAlive ? 0 : this.#failed + 1;
    if (this.#failed >= MAX_FAILED_KEEPALIVES && this.#faults.trustsSilence !== true) this.#connection.end();
  }

  #takeRequest(message: Message): void {
    const { counter, command } = message;
    try {
      if (command === 'bye') this.#reply(counter, {});
      else if (COMMANDS.has(command)) this.#answer(message);
      else throw new MusterError(this.#faults.unknownCode ?? 3109, command);
    } catch (error) {
      this.#connection.write(musterDialect.encodeFailure(counter, MusterError.from(error)));
    }
  }

  #answer(message: Message): void {
    const { command, args } = musterDialect.decodeRequest(message);
    const { keepalive } = this.#faults;
    if (command === 'get_files') this.#reply(message.counter, { digest: DIGEST, files: {} });
    else if (command === 'new_str') this.#reply(message.counter, { handle: 1 });
    else if (command === 'cancel_task') this.#reply(message.counter, {});
    else if (command === 'echo-m' && keepalive !== undefined)
      this.#reply(message.counter, { data: keepalive });
    else this.#reply(message.counter, args as object);
  }

  #reply(counter: number, reply: object): void {
    this.#connection.write(musterDialect.encodeReply(counter, 'echo', reply as never));
  }
}
