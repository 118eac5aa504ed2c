import assert from 'node:assert/strict';
import type { MusterError } from '../../src/protocol/errors.ts';
import type { Connection, Listener, Transport } from '../../src/transport/transport.ts';
import { waitFor } from '../harness/wait-for.ts';

/** A place to listen, and what connects to it. Made anew for every test. */
export interface Subject {
  server: Transport;
  /** Given the address that the server listens on. */
  client(address: string): Transport;
}

/** One end of a connection with all that it heard. Like every owner it ends when its peer has ended. */
export class End {
  readonly connection: Connection;
  readonly chunks: Buffer[] = [];
  receivedBytes = 0;
  drains = 0;
  ends = 0;
  closes: (MusterError | null)[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.received.toString();
  }

  start({ keepsBytes = true, staysOpen = false } = {}): this {
    this.connection.start({
      data: (chunk) => {
        assert.equal(this.closes.length, 0, 'nothing comes after close');
        this.receivedBytes += chunk.length;
        if (keepsBytes) this.chunks.push(Buffer.from(chunk));
      },
      drain: () => {
        this.drains += 1;
      },
      end: () => {
        this.ends += 1;
        if (!staysOpen) this.connection.end();
      },
      close: (error) => {
        this.closes.push(error);
      },
    });
    return this;
  }

  write(text: string): boolean {
    return this.connection.write([Buffer.from(text)]);
  }
}

/** A listener, and the connections that were made to it. */
export class Scene {
  readonly accepted: End[] = [];
  readonly rejected: { peer: string; error: MusterError }[] = [];
  readonly subject: Subject;
  #listener: Listener | null = null;
  readonly #ends: End[] = [];

  constructor(subject: Subject) {
    this.subject = subject;
  }

  get listener(): Listener {
    assert.ok(this.#listener);
    return this.#listener;
  }

  async listen(): Promise<this> {
    this.#listener = await this.subject.server.listen({
      onConnection: (connection) => this.accepted.push(new End(connection)),
      onRejected: (peer, error) => this.rejected.push({ peer, error }),
      onError: (error) => assert.fail(error),
    });
    return this;
  }

  /** The client's end and the server's, not started. */
  async connect(client: Transport = this.subject.client(this.listener.address)): Promise<[End, End]> {
    const before = this.accepted.length;
    const end = new End(await client.connect({ timeoutMs: 5_000 }));
    this.#ends.push(end);
    await waitFor('the server to accept', () => this.accepted.length > before);
    const server = this.accepted.at(-1);
    assert.ok(server);
    return [end, server];
  }

  /** The same, started. */
  async talk(client?: Transport): Promise<[End, End]> {
    const [a, b] = await this.connect(client);
    return [a.start(), b.start()];
  }

  async close(): Promise<void> {
    for (const { connection } of [...this.#ends, ...this.accepted]) connection.destroy(null);
    await this.#listener?.close();
  }
}

/** Runs the body in a scene of its own. */
export async function inScene(subject: Subject, body: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await new Scene(subject).listen();
  try {
    await body(scene);
  } finally {
    await scene.close();
  }
}
