import type { ArgsOf } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, isReply, type Message } from '../../src/protocol/frame.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import type { Connection, Listener } from '../../src/transport/transport.ts';

const CLUSTER = 'wazuh';
const NAME = 'scripted';
const DIGEST = 'a'.repeat(128);
const COMMANDS = new Set(['echo', 'echo-c', 'get_nodes', 'get_health', 'new_str', 'syn_i_w_m_p']);

/** In what it does otherwise than the protocol says. */
export interface Faults {
  /** What a keepalive is answered. */
  readonly keepalive?: string;
  /** By which code it refuses what it does not know. */
  readonly unknownCode?: number;
  /** Whether it closes the connection of who says something malformed. */
  readonly closesOnMalformed?: boolean;
  /** Whether it answers an echo twice. */
  readonly answersTwice?: boolean;
  /** Whether it begins a process of its own accord. */
  readonly startsByItself?: boolean;
  /** Whether it leaves requests for the health of nodes without an answer. */
  readonly ignoresHealth?: boolean;
  /** Connections that it accepts; then it closes all of them and its port. */
  readonly connections?: number;
  /** Whether it accepts connections and says nothing. */
  readonly isMute?: boolean;
  /** Connections on which it answers; on those after them it says nothing. */
  readonly mutesAfter?: number;
  /** How long it keeps a connection without keepalives; for ever unless that is said. */
  readonly maxSilenceMs?: number;
}

/** A master of Muster's dialect, without TLS, that can do no more than what `conform-session` looks at. */
export class ScriptedMaster {
  readonly #faults: Faults;
  readonly #connections = new Set<Connection>();
  readonly #workers = new Map<Connection, string>();
  readonly #silences = new Map<Connection, NodeJS.Timeout>();
  #listener: Listener | null = null;
  #accepted = 0;

  constructor(faults: Faults = {}) {
    this.#faults = faults;
  }

  async listen(): Promise<number> {
    const transport = new TcpTransport({ host: '127.0.0.1', port: 0 });
    this.#listener = await transport.listen({
      onConnection: (connection) => this.#accept(connection),
      onRejected: () => {},
      onError: () => {},
    });
    return Number(this.#listener.address.split(':').at(-1));
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy(null);
    await this.#listener?.close();
  }

  #accept(connection: Connection): void {
    this.#accepted += 1;
    this.#connections.add(connection);
    const decoder = new FrameDecoder();
    const isMute = this.#accepted > (this.#faults.mutesAfter ?? Number.POSITIVE_INFINITY);
    connection.start({
      data: (chunk) => {
        if (!isMute) this.#read(connection, decoder, chunk);
      },
      drain: () => {},
      end: () => connection.end(),
      close: () => {
        clearTimeout(this.#silences.get(connection));
        this.#connections.delete(connection);
        this.#workers.delete(connection);
      },
    });
    if (this.#accepted > (this.#faults.connections ?? Number.POSITIVE_INFINITY)) void this.close();
  }

  #read(connection: Connection, decoder: FrameDecoder, chunk: Uint8Array): void {
    if (this.#faults.isMute) return;
    try {
      decoder.push(chunk, (message) => this.#take(connection, message));
    } catch {
      connection.destroy(null);
    }
  }

  #take(connection: Connection, message: Message): void {
    const { counter, command } = message;
    if (isReply(command)) return;
    try {
      if (command !== 'hello' && !COMMANDS.has(command)) throw new MusterError(3109, command);
      this.#answer(connection, counter, command, musterDialect.decodeRequest(message).args as never);
    } catch (error) {
      this.#refuse(connection, counter, MusterError.from(error));
    }
  }

  #refuse(connection: Connection, counter: number, error: MusterError): void {
    const { unknownCode = 3109, closesOnMalformed } = this.#faults;
    const told = error.code === 3109 ? new MusterError(unknownCode) : error;
    if (error.code === 3108 && closesOnMalformed) connection.destroy(null);
    else connection.write(musterDialect.encodeFailure(counter, told));
  }

  #answer(connection: Connection, counter: number, command: string, args: never): void {
    const { keepalive, answersTwice, startsByItself, ignoresHealth } = this.#faults;
    const reply = (value: object) =>
      connection.write(musterDialect.encodeReply(counter, command as 'echo', value as never));
    if (command === 'hello') {
      const { name, cluster } = args as ArgsOf<'hello'>;
      if (cluster !== CLUSTER) throw new MusterError(3030);
      this.#workers.set(connection, name);
      this.#hearAlive(connection);
      reply({ name: NAME, version: '1', protocol: 1, features: [] });
      if (startsByItself) connection.write(musterDialect.encodeRequest(1, 'syn_m_c_ok', { task: 'none' }));
    } else if (command === 'echo') {
      reply(args);
      if (answersTwice) reply(args);
    } else if (command === 'echo-c') {
      reply(keepalive === undefined ? args : { data: keepalive });
      this.#hearAlive(connection);
    } else if (command === 'new_str') reply({ handle: 1 });
    else if (command === 'syn_i_w_m_p') reply({ granted: true, inStep: false, digest: DIGEST });
    else if (command === 'get_nodes') reply({ items: this.#nodes(), totalItems: this.#nodes().length });
    else if (!ignoresHealth) reply({ n_connected_nodes: this.#workers.size, nodes: this.#health() });
  }

  #hearAlive(connection: Connection): void {
    const { maxSilenceMs } = this.#faults;
    if (maxSilenceMs === undefined) return;
    clearTimeout(this.#silences.get(connection));
    this.#silences.set(
      connection,
      setTimeout(() => connection.destroy(null), maxSilenceMs),
    );
  }

  #nodes() {
    const node = (name: string, type: string) => ({ name, type, version: '1', ip: '127.0.0.1' });
    return [node(NAME, 'master'), ...[...this.#workers.values()].map((name) => node(name, 'worker'))];
  }

  #health() {
    return Object.fromEntries(
      this.#nodes().map((info) => [info.name, { info: { ...info, n_active_agents: null } }]),
    );
  }
}
