import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { authdSocket } from '../../src/registration/open-registration.ts';
import { encodeFrame } from '../../src/transport/length-frame.ts';

const MAX_BYTES = 65_536;

/** What an authd does to a program that has connected. */
export type Serve = (socket: Socket) => void;

/** An answer to whatever is sent, in a frame as authd makes them. */
export const says = (text: string) => encodeFrame(text, MAX_BYTES);

export const HANGS: Serve = (socket) => socket.resume();
export const TALKS_NONSENSE: Serve = (socket) => socket.on('data', () => socket.end(says('hello')));
/** To a text command as to an order. */
export const ANSWERS: Serve = (socket) =>
  socket.on('data', (chunk) =>
    socket.end(says(chunk.includes('{') ? '{"error":0,"data":"of the authd"}' : 'ok {}')),
  );

/** A program that serves the socket of authd below a home. */
export class FakeAuthd implements AsyncDisposable {
  serve: Serve;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(serve: Serve) {
    this.serve = serve;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.on('error', () => {}));
      this.serve(socket);
    });
  }

  /** It makes its socket in the place of whatever stands there, as authd does. */
  static async start(home: string, serve: Serve): Promise<FakeAuthd> {
    const authd = new FakeAuthd(serve);
    const path = authdSocket(home);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    await new Promise<void>((resolve) => authd.#server.listen(path, resolve));
    return authd;
  }

  /** Takes nobody any more; its socket is gone. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }
}
