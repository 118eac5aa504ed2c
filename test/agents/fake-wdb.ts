import { createServer, type Server, type Socket } from 'node:net';
import { encodeFrame, LengthFrameReader } from '../../src/transport/length-frame.ts';
import { StoreHome } from './fixture.ts';

/** What the fake does with a request: it has the socket, and may write what it likes. */
export type Behaviour = (socket: Socket, request: string) => void;

/** Answers in the form that answers have. */
export const answering =
  (text: string): Behaviour =>
  (socket) =>
    socket.write(encodeFrame(text, 0xffff_ffff));

/** A wazuh-db that does what a test tells it. */
export class FakeWdb implements AsyncDisposable {
  readonly home: StoreHome;
  readonly requests: string[] = [];
  behaviour: Behaviour;
  /** Connections that it accepted. */
  accepted = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(behaviour: Behaviour, home: StoreHome) {
    this.behaviour = behaviour;
    this.home = home;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(behaviour: Behaviour, home = new StoreHome()): Promise<FakeWdb> {
    const fake = new FakeWdb(behaviour, home);
    await new Promise<void>((resolve) => fake.#server.listen(home.socket, resolve));
    return fake;
  }

  /** Drops every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops serving; the home stays. */
  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.home[Symbol.dispose]();
  }

  #accept(socket: Socket): void {
    this.accepted += 1;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    const reader = new LengthFrameReader({ maxBytes: 0xffff_ffff, code: 1000 });
    socket.on('data', (chunk) =>
      reader.push(chunk, (request) => {
        this.requests.push(request);
        this.behaviour(socket, request);
      }),
    );
  }
}
