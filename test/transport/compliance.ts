import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { MusterError } from '../../src/protocol/errors.ts';
import type { Connection, Listener, Transport } from '../../src/transport/transport.ts';
import { waitFor } from '../harness/wait-for.ts';

/** A place to listen, and what connects to it. Made anew for every test. */
export interface Subject {
  server: Transport;
  /** Given the address that the server listens on. */
  client(address: string): Transport;
  close?(): Promise<void> | void;
}

/** One end of a connection with all that it heard. */
export class End {
  readonly connection: Connection;
  received = Buffer.alloc(0);
  drains = 0;
  ended = false;
  closes: (MusterError | null)[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  start(keep = true): this {
    this.connection.start({
      data: (chunk) => {
        this.received = keep ? Buffer.concat([this.received, chunk]) : this.received;
      },
      drain: () => {
        this.drains += 1;
      },
      end: () => {
        this.ended = true;
      },
      close: (error) => {
        this.closes.push(error);
      },
    });
    return this;
  }
}

class Scene {
  readonly accepted: End[] = [];
  readonly rejected: MusterError[] = [];
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
      onRejected: (_, error) => this.rejected.push(error),
      onError: (error) => assert.fail(error),
    });
    return this;
  }

  async connect(): Promise<[End, End]> {
    const before = this.accepted.length;
    const client = new End(await this.subject.client(this.listener.address).connect({ timeoutMs: 5_000 }));
    this.#ends.push(client);
    await waitFor('the server to accept', () => this.accepted.length > before);
    const server = this.accepted.at(-1);
    assert.ok(server);
    return [client, server];
  }

  async close(): Promise<void> {
    for (const { connection } of [...this.#ends, ...this.accepted]) connection.destroy(null);
    await this.#listener?.close();
    await this.subject.close?.();
  }
}

const MIB = 1024 * 1024;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What every transport promises; each implementation runs it. */
export function complies(name: string, make: () => Subject | Promise<Subject>): void {
  const test = (title: string, body: (scene: Scene) => Promise<void>) =>
    it(title, async () => {
      const scene = await new Scene(await make()).listen();
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    });

  describe(`transport ${name}`, () => {
    test('carries bytes whole and in order, in both directions at once', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start();
      const [up, down] = [randomBytes(3 * MIB), randomBytes(2 * MIB)];
      for (let at = 0; at < up.length; at += 100_000)
        client.connection.write([up.subarray(at, at + 100_000)]);
      for (let at = 0; at < down.length; at += 77_777)
        server.connection.write([down.subarray(at, at + 77_777)]);
      await waitFor(
        'all bytes',
        () => server.received.length === up.length && client.received.length === down.length,
      );
      assert.equal(hash(server.received), hash(up));
      assert.equal(hash(client.received), hash(down));
    });

    test('keeps several chunks of one write together, and takes empty ones', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start();
      client.connection.write([]);
      client.connection.write([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')]);
      client.connection.write([Buffer.from('c')]);
      await waitFor('the bytes', () => server.received.toString() === 'abc');
    });

    test('delivers nothing before start, and loses nothing that came before', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      client.connection.write([Buffer.from('early')]);
      await waitFor(
        'the bytes to be on their way',
        () => client.connection.pendingBytes === 0 || name.startsWith('memory'),
      );
      assert.equal(server.received.length, 0);
      server.start();
      await waitFor('the early bytes', () => server.received.toString() === 'early');
    });

    test('says to wait when the peer does not read, bounds what is pending, and says when to go on', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start(false);
      server.connection.pause();
      const chunk = Buffer.alloc(256 * 1024);
      let written = 0;
      await waitFor('back-pressure', () => {
        written += chunk.length;
        return !client.connection.write([chunk]) || written > 512 * MIB;
      });
      assert.ok(written < 512 * MIB, 'the writer was told to wait');
      assert.ok(client.connection.pendingBytes > 0);
      assert.equal(client.drains, 0);
      server.connection.resume();
      await waitFor('drain', () => client.drains > 0);
    });

    test('ends in order: all that was queued arrives, then the end, then one close without error', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start();
      const bytes = randomBytes(MIB);
      client.connection.write([bytes]);
      client.connection.end();
      await waitFor('the end', () => server.ended);
      assert.equal(hash(server.received), hash(bytes));
      server.connection.end();
      await waitFor('both to close', () => client.closes.length === 1 && server.closes.length === 1);
      assert.deepEqual([client.closes, server.closes], [[null], [null]]);
    });

    test('destroy closes both ends exactly once, with its error on the side that gave it', async (scene) => {
      const { MusterError: Failure } = await import('../../src/protocol/errors.ts');
      const [client, server] = await scene.connect();
      client.start();
      server.start();
      const error = new Failure(3100, 'on purpose');
      client.connection.destroy(error);
      client.connection.destroy(null);
      await waitFor('both to close', () => client.closes.length > 0 && server.closes.length > 0);
      assert.deepEqual(client.closes, [error]);
      assert.equal(server.closes.length, 1);
      assert.equal(client.connection.write([Buffer.from('late')]), false, 'nothing can be written any more');
    });

    test('tells a connection that closed before its start of the close', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      client.connection.destroy(null);
      await waitFor('the client to close', () => client.closes.length === 1);
      server.start();
      await waitFor('the server to hear of it', () => server.closes.length === 1);
    });

    test('a closed listener refuses new connections and leaves the accepted ones alive', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start();
      const { address } = scene.listener;
      await scene.listener.close();
      await assert.rejects(scene.subject.client(address).connect({ timeoutMs: 2_000 }), { code: 3102 });
      client.connection.write([Buffer.from('still there')]);
      await waitFor('the bytes', () => server.received.toString() === 'still there');
    });

    test('a connect that is given up rejects with 3120', async (scene) => {
      const signal = AbortSignal.abort();
      await assert.rejects(
        scene.subject.client(scene.listener.address).connect({ timeoutMs: 2_000, signal }),
        { code: 3120 },
      );
    });

    test('serves many connections at once', async (scene) => {
      const pairs: [End, End][] = [];
      for (let i = 0; i < 50; i += 1) pairs.push(await scene.connect());
      for (const [i, [client, server]] of pairs.entries()) {
        client.start();
        server.start();
        client.connection.write([Buffer.from(`hello ${i}`)]);
      }
      await waitFor('all', () => pairs.every(([, server], i) => server.received.toString() === `hello ${i}`));
    });
  });
}
