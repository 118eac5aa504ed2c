import type { Tongue } from '../../src/conform/target.ts';
import { tongueOf } from '../../src/conform/tongue.ts';
import type { ArgsOf } from '../../src/protocol/commands.ts';
import type { Dialect, DialectName } from '../../src/protocol/dialects/dialect.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import type { Connection, Listener } from '../../src/transport/transport.ts';

/** What it takes to speak with it. */
export const SCRIPTED = {
  host: '127.0.0.1',
  key: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  cluster: 'wazuh',
  isPlain: true,
  release: '4.7.5',
};
const NAME = 'scripted';
const DIGEST = 'a'.repeat(128);
const COMMANDS = new Set([
  'echo',
  'echo-c',
  'get_nodes',
  'get_health',
  'new_str',
  'syn_i_w_m_p',
  'syn_w_g_c',
]);
/** A message that is no token: nobody is told of it. */
const NOT_DECRYPTED = 3025;

/** In what it does otherwise than the protocol says. */
export interface Faults {
  /** What a keepalive is answered. */
  readonly keepalive?: string;
  /** By which code it refuses what it does not know. */
  readonly unknownCode?: number;
  /** By what it refuses what is malformed. */
  readonly malformed?: MusterError;
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

/** One connection, and how it is spoken on. */
interface Line {
  readonly connection: Connection;
  readonly dialect: Dialect;
}

/** A master, without TLS, that can do no more than what `conform-session` looks at. */
export class ScriptedMaster {
  readonly #faults: Faults;
  readonly #tongue: Tongue;
  readonly #connections = new Set<Connection>();
  readonly #workers = new Map<Connection, string>();
  readonly #silences = new Map<Connection, NodeJS.Timeout>();
  #listener: Listener | null = null;
  #accepted = 0;

  constructor(faults: Faults = {}, dialect: DialectName = 'muster') {
    this.#faults = faults;
    this.#tongue = tongueOf({ ...SCRIPTED, port: 0, dialect });
  }

  async listen(): Promise<number> {
    this.#listener = await this.#tongue.listen(NAME, {
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
    const dialect = this.#tongue.dialect(NAME, 'master');
    const { limitsAfterHello, format } = dialect.framing;
    const decoder = new FrameDecoder(limitsAfterHello, format);
    const isMute = this.#accepted > (this.#faults.mutesAfter ?? Number.POSITIVE_INFINITY);
    connection.start({
      data: (chunk) => {
        if (!isMute) this.#read({ connection, dialect }, decoder, chunk);
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

  #read(line: Line, decoder: FrameDecoder, chunk: Uint8Array): void {
    if (this.#faults.isMute) return;
    try {
      decoder.push(chunk, (message) => this.#take(line, message));
    } catch {
      line.connection.destroy(null);
    }
  }

  #take(line: Line, message: Message): void {
    const { counter, command } = message;
    if (line.dialect.isReply(command)) return;
    try {
      if (command !== 'hello' && !COMMANDS.has(command)) throw new MusterError(3109, command);
      this.#answer(line, counter, command, line.dialect.decodeRequest(message).args as never);
    } catch (error) {
      this.#refuse(line, counter, MusterError.from(error));
    }
  }

  #refuse({ connection, dialect }: Line, counter: number, error: MusterError): void {
    const isCut = error.code === NOT_DECRYPTED || (error.code === 3108 && this.#faults.closesOnMalformed);
    if (isCut) connection.destroy(null);
    else connection.write(dialect.encodeFailure(counter, this.#told(error)));
  }

  #told(error: MusterError): MusterError {
    const { unknownCode, malformed } = this.#faults;
    if (error.code === 3108) return malformed ?? error;
    return error.code === 3109 && unknownCode !== undefined ? new MusterError(unknownCode) : error;
  }

  #answer({ connection, dialect }: Line, counter: number, command: string, args: never): void {
    const { keepalive, answersTwice, startsByItself, ignoresHealth } = this.#faults;
    const reply = (value: object) =>
      connection.write(dialect.encodeReply(counter, command as 'echo', value as never));
    if (command === 'hello') {
      const { name, cluster } = args as ArgsOf<'hello'>;
      if (cluster !== SCRIPTED.cluster) throw new MusterError(3030);
      this.#workers.set(connection, name);
      this.#hearAlive(connection);
      reply({ name: NAME, version: '1', protocol: 1, features: [] });
      if (startsByItself) connection.write(dialect.encodeRequest(1, 'syn_m_c_ok', { task: 'none' }));
    } else if (command === 'echo') {
      reply(args);
      if (answersTwice) reply(args);
    } else if (command === 'echo-c') {
      reply(keepalive === undefined ? args : { data: keepalive });
      this.#hearAlive(connection);
    } else if (command === 'new_str') reply({ handle: 1 });
    else if (command === 'syn_i_w_m_p') reply({ granted: true, inStep: false, digest: DIGEST });
    else if (command === 'syn_w_g_c') reply({});
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
