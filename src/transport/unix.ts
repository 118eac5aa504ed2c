import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { MusterError } from '../protocol/errors.ts';
import { dialled } from './dial.ts';
import { WRITE_HIGH_WATER_BYTES } from './limits.ts';
import { openPort } from './open-port.ts';
import { StreamConnection } from './stream-connection.ts';
import type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerIdentity,
  Transport,
} from './transport.ts';

/** Owner and group may connect. */
const SOCKET_MODE = 0o660;
const PRIVATE_DIRECTORY_MODE = 0o700;

/** Who may open the socket is decided by the permissions of its file. */
const LOCAL_PEER: PeerIdentity = { address: 'unix', nodeName: null, keyId: null, authenticated: true };

/**
 * A Unix socket. It is bound inside a private directory, given its mode, and moved to its place: nobody else can connect
 * to it in between. A socket that a dead process left behind is replaced; one that answers is not.
 */
export class UnixTransport implements Transport {
  readonly name = 'unix';
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async listen(options: ListenOptions): Promise<Listener> {
    if (await this.#answers()) throw new MusterError(3101, `${this.#path}: another process serves it`);
    const directory = join(dirname(this.#path), `.${process.pid}`);
    const path = join(directory, basename(this.#path));
    const server = createServer({ pauseOnConnect: true, highWaterMark: WRITE_HIGH_WATER_BYTES }, (socket) =>
      options.onConnection(new StreamConnection(socket, LOCAL_PEER)),
    );
    try {
      mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
      const listener = await openPort(server, { path }, options);
      chmodSync(path, SOCKET_MODE);
      renameSync(path, this.#path);
      const { ino } = statSync(this.#path);
      return { address: this.#path, close: () => this.#close(listener, ino) };
    } catch (error) {
      server.close();
      throw MusterError.from(error, 3101);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const socket = connect({ path: this.#path });
    await dialled(socket, 'connect', this.#path, options);
    return new StreamConnection(socket, LOCAL_PEER);
  }

  /** True if a living process accepts connections on this path. */
  async #answers(): Promise<boolean> {
    try {
      const connection = await this.connect({ timeoutMs: 1000 });
      connection.destroy(null);
      return true;
    } catch {
      return false; // nobody there: whatever stands there may be replaced
    }
  }

  async #close(listener: Listener, ino: number): Promise<void> {
    await listener.close();
    // Only our own socket is removed: a successor may have bound the path already.
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino === ino) rmSync(this.#path, { force: true });
  }
}
