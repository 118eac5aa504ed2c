import { chmodSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { MusterError } from '../protocol/errors.ts';
import { type Dialling, dial } from './dial.ts';
import { listenFault } from './faults.ts';
import { connectWhenRoom } from './full-queue.ts';
import { ANSWER_TIMEOUT_MS, MAX_SOCKET_PATH_BYTES } from './limits.ts';
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
/** The directory of the socket, where it has to be made: the group must come through. */
const DIRECTORY_MODE = 0o750;
/** Beginning of the name of the private directory; the system adds six characters, and makes it for the owner alone. */
const PRIVATE_PREFIX = '.s-';
const PRIVATE_NAME_CHARS = PRIVATE_PREFIX.length + 6;

/** Who may open the socket is decided by the permissions of its file. */
const LOCAL_PEER: PeerIdentity = {
  address: 'unix',
  nodeName: null,
  keyId: null,
  authenticated: true,
  dialect: 'muster',
};

/**
 * A Unix socket. It is bound inside a private directory, given its mode, and moved to its place: nobody else can connect
 * to it in between. A socket that a dead process left behind is replaced; one that answers, and whatever is no socket,
 * is not.
 */
export class UnixTransport implements Transport {
  readonly name = 'unix';
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true }, (socket) =>
      options.onConnection(new StreamConnection(socket, LOCAL_PEER)),
    );
    let directory: string | null = null;
    try {
      this.#checkLength();
      await this.#checkPlace();
      mkdirSync(dirname(this.#path), { recursive: true, mode: DIRECTORY_MODE });
      directory = mkdtempSync(join(dirname(this.#path), PRIVATE_PREFIX));
      const path = join(directory, 's');
      const listener = await openPort(server, { path }, options);
      chmodSync(path, SOCKET_MODE);
      renameSync(path, this.#path);
      const { ino } = statSync(this.#path);
      return { address: this.#path, close: () => this.#close(listener, ino) };
    } catch (error) {
      server.close();
      throw error instanceof MusterError ? error : listenFault(this.#path, error as Error);
    } finally {
      if (directory !== null) rmSync(directory, { recursive: true, force: true });
    }
  }

  connect(options: ConnectOptions): Promise<Connection> {
    const dialling: Dialling = {
      where: this.#path,
      readyEvent: 'connect',
      open: () => connect({ path: this.#path }),
      adopt: (socket) => new StreamConnection(socket, LOCAL_PEER),
    };
    return connectWhenRoom((once) => dial(dialling, once), options);
  }

  /**
   * Whether a process serves it, which one that hangs does too. Rejects with 3101 where that cannot be seen, as where the
   * permissions of the socket are in the way.
   */
  async isServed(): Promise<boolean> {
    try {
      (await this.connect({ timeoutMs: ANSWER_TIMEOUT_MS })).destroy(null);
      return true;
    } catch (error) {
      const cause = (error as MusterError).cause as NodeJS.ErrnoException | undefined;
      if (cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOENT') return false;
      // So many wait for whoever serves it that there is no place for another one.
      if (cause?.code === 'EAGAIN') return true;
      throw this.#refusal('it cannot be seen whether another process serves it', error);
    }
  }

  #refusal(words: string, cause?: unknown): MusterError {
    return new MusterError(3101, `${this.#path}: ${words}`, { cause });
  }

  /** The system says no more than `invalid argument` about a path that does not fit. */
  #checkLength(): void {
    const privatePath = join(dirname(this.#path), 'x'.repeat(PRIVATE_NAME_CHARS), 's');
    const longestBytes = Math.max(Buffer.byteLength(privatePath), Buffer.byteLength(this.#path));
    if (longestBytes <= MAX_SOCKET_PATH_BYTES) return;
    throw this.#refusal(
      `the path of a socket may have ${MAX_SOCKET_PATH_BYTES} bytes: choose a shorter home directory`,
    );
  }

  /** Throws 3101 unless nothing stands there, or a socket that nobody serves any more. */
  async #checkPlace(): Promise<void> {
    const found = lstatSync(this.#path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (!found.isSocket()) throw this.#refusal('something stands there that is no socket: move it away');
    if (await this.isServed()) throw this.#refusal('another process serves it: stop that one');
  }

  async #close(listener: Listener, ino: number): Promise<void> {
    await listener.close();
    // Only our own socket is removed: a successor may have bound the path already.
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.ino === ino) rmSync(this.#path, { force: true });
    } catch {
      // Its directory may not be entered any more. What is left there serves nobody, and is replaced by whoever may.
    }
  }
}
