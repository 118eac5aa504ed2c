import { MusterError } from '../../protocol/errors.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../../transport/limits.ts';
import type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  Transport,
} from '../../transport/transport.ts';
import type { DialectMemory } from './dialect-memory.ts';
import { KNOWN_SILENCE_MS } from './limits.ts';

/** The peer was reached, and said nothing to what it does not understand. */
const NO_HANDSHAKE = 3104;

/**
 * A worker's way to a master of which it is not known what it speaks. Its own dialect comes first; a node of Wazuh 4.x does
 * not answer to that, and is then spoken to in its own. A master that has answered as one of ours is never taken for one of
 * Wazuh 4.x: whoever can disturb a connection could otherwise choose the weaker of the two.
 */
export class AutoTransport implements Transport {
  readonly name: string;
  readonly #own: Transport;
  readonly #wazuh4: Transport;
  readonly #memory: DialectMemory;

  constructor(own: Transport, wazuh4: Transport, memory: DialectMemory) {
    this.name = own.name;
    this.#own = own;
    this.#wazuh4 = wazuh4;
    this.#memory = memory;
  }

  listen(options: ListenOptions): Promise<Listener> {
    return this.#own.listen(options);
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const { greeted, lastUnanswered } = this.#memory;
    if (greeted === 'muster') return await this.#connectAsOurs(options);
    // Without a handshake its silence shows only at hello.
    if (lastUnanswered === 'muster') return await this.#wazuh4.connect(options);
    const handshakeTimeoutMs = greeted === 'wazuh4' ? KNOWN_SILENCE_MS : HANDSHAKE_TIMEOUT_MS;
    try {
      return await this.#connectAsOurs({
        ...options,
        timeoutMs: options.timeoutMs + handshakeTimeoutMs,
        handshakeTimeoutMs,
      });
    } catch (error) {
      if (!(error instanceof MusterError) || error.code !== NO_HANDSHAKE) throw error;
      return await this.#wazuh4.connect(options);
    }
  }

  /** Whoever completes a handshake of ours speaks as we do, whatever becomes of this connection. */
  async #connectAsOurs(options: ConnectOptions): Promise<Connection> {
    const connection = await this.#own.connect(options);
    if (connection.peer.authenticated) this.#memory.noteAnswer('muster');
    return connection;
  }
}
