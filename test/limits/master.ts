import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Cluster, waitFor } from '../e2e/cluster.ts';
import type { Borne, Held, Question } from './watched-node.ts';

/** Looks that have to agree that nothing is left to be collected. */
const SETTLED_BYTES = 65_536;

/** A master in a process of its own whose memory can be looked at. */
export class WatchedMaster {
  readonly cluster: Cluster;
  readonly #child: ChildProcess;
  output = '';

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.#child = fork(join(import.meta.dirname, 'watched-node.ts'), [cluster.master.home], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.output += text;
      });
    }
  }

  /** `clusterJson`: what its cluster.json says beyond the defaults; `files`: what it has to give to workers. */
  static async start(
    transport: 'psk' | 'none',
    clusterJson: object = {},
    files: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<WatchedMaster> {
    const cluster = await Cluster.create(0);
    for (const [path, content] of Object.entries(files)) cluster.write(path, content);
    cluster.write('etc/muster.json', JSON.stringify({ security: { transport } }));
    cluster.write('etc/cluster.json', JSON.stringify(clusterJson));
    const master = new WatchedMaster(cluster);
    await waitFor(
      'the master to serve',
      () => /Serving on 127/.test(master.output),
      20_000,
      () => master.output,
    );
    return master;
  }

  /** What it holds when nothing more is going on: two looks in a row see the same. */
  async held(): Promise<Held> {
    let last = await this.#look();
    return await waitFor('the memory to settle', async () => {
      const next = await this.#look();
      const isSettled = Math.abs(next.heldBytes - last.heldBytes) < SETTLED_BYTES;
      last = next;
      return isSettled ? next : null;
    });
  }

  async #look(): Promise<Held> {
    return (await this.#ask('look')) as Held;
  }

  /** How long the connections that ended since the last question stood, as the master saw it. */
  async borne(): Promise<Borne> {
    return (await this.#ask('borne')) as Borne;
  }

  async #ask(question: Question): Promise<unknown> {
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    return (await answer)[0];
  }

  /** A connection from 127.0.0.<last>. */
  async knock(last: number, staysOpen = false): Promise<Stranger> {
    return await Stranger.connect(this.cluster.port, `127.0.0.${last}`, staysOpen);
  }

  async close(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
    await this.cluster.close();
  }
}

/** A connection of somebody who is nobody, and how long it was borne. */
export class Stranger {
  readonly socket: Socket;
  #closedMs: number | null = null;
  readonly #connectedMs = performance.now();
  /** What the other side calls it. */
  address = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {
      // To be dropped is what it has to expect.
    });
    socket.on('close', () => {
      this.#closedMs = performance.now();
    });
    socket.resume();
  }

  /** `staysOpen`: it does not end when its peer does. */
  static async connect(port: number, localAddress: string, staysOpen = false): Promise<Stranger> {
    const stranger = new Stranger(
      connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: staysOpen }),
    );
    await once(stranger.socket, 'connect');
    stranger.address = `${stranger.socket.localAddress}:${stranger.socket.localPort}`;
    return stranger;
  }

  /** Time from the connection to its end; null while it stands. */
  get borneMs(): number | null {
    return this.#closedMs === null ? null : this.#closedMs - this.#connectedMs;
  }
}
