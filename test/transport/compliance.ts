import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type End, inScene, type Scene, type Subject } from './ends.ts';

const MIB = 1024 * 1024;
/** More than this no transport takes while nobody reads: its own buffer and those of the system. */
const MOST_UNREAD_BYTES = 64 * MIB;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What every transport promises; each implementation runs it. */
export function complies(name: string, make: () => Subject): void {
  const test = (title: string, body: (scene: Scene) => Promise<void>) =>
    it(title, () => inScene(make(), body));

  describe(`transport ${name}`, () => {
    test('carries bytes whole and in order, in both directions at once', async (scene) => {
      const [client, server] = await scene.talk();
      const [up, down] = [randomBytes(3 * MIB), randomBytes(2 * MIB)];
      for (let at = 0; at < up.length; at += 100_000)
        client.connection.write([up.subarray(at, at + 100_000)]);
      for (let at = 0; at < down.length; at += 77_777)
        server.connection.write([down.subarray(at, at + 77_777)]);
      await waitFor(
        'all bytes',
        () => server.receivedBytes === up.length && client.receivedBytes === down.length,
      );
      assert.equal(hash(server.received), hash(up));
      assert.equal(hash(client.received), hash(down));
    });

    test('keeps several chunks of one write together, and takes empty ones', async (scene) => {
      const [client, server] = await scene.talk();
      assert.equal(client.connection.write([]), true);
      assert.equal(client.connection.write([new Uint8Array(0)]), true);
      client.connection.write([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')]);
      client.write('c');
      await waitFor('the bytes', () => server.text === 'abc');
    });

    test('delivers nothing before start, and loses nothing that came before', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      client.write('early');
      server.connection.resume();
      const [other, itsServer] = await scene.talk();
      other.write('later');
      await waitFor('a later connection to be served', () => itsServer.text === 'later');
      assert.equal(server.text, '');
      server.start();
      await waitFor('the early bytes', () => server.text === 'early');
      assert.throws(() => server.start(), 'a connection has one owner');
    });

    test('says to wait when the peer does not read, bounds what is pending, and says when to go on', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start({ keepsBytes: false });
      server.connection.pause();
      const writtenBytes = await fill(client);
      assert.ok(client.connection.pendingBytes > 0);
      assert.ok(client.connection.pendingBytes <= 2 * MIB, `${client.connection.pendingBytes} bytes pending`);
      const drainsBefore = client.drains;
      server.connection.resume();
      await waitFor('drain', () => client.drains > drainsBefore);
      await waitFor('all bytes', () => server.receivedBytes === writtenBytes);
    });

    test('feels no back-pressure of one direction in the other', async (scene) => {
      const [client, server] = await scene.talk();
      server.connection.pause();
      await fill(client);
      server.write('the other way');
      await waitFor('the bytes', () => client.text === 'the other way');
    });

    test('ends in order: all that was queued arrives, then the end, then one close without error', async (scene) => {
      const [client, server] = await scene.talk();
      const bytes = randomBytes(MIB);
      client.connection.write([bytes]);
      client.connection.end();
      client.connection.end();
      await waitFor('both to close', () => client.closes.length > 0 && server.closes.length > 0);
      assert.equal(hash(server.received), hash(bytes));
      assert.equal(server.ends, 1);
      assert.deepEqual([client.closes, server.closes], [[null], [null]]);
      assert.equal(client.write('late'), false);
    });

    test('carries the other direction on after one has ended', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      server.start({ staysOpen: true });
      client.write('last words');
      client.connection.end();
      await waitFor('the end', () => server.ends === 1);
      assert.equal(server.text, 'last words');
      const answer = randomBytes(MIB);
      server.connection.write([answer]);
      server.connection.end();
      await waitFor('both to close', () => client.closes.length > 0 && server.closes.length > 0);
      assert.equal(hash(client.received), hash(answer));
      assert.deepEqual([client.closes, server.closes], [[null], [null]]);
    });

    test('destroy closes both ends exactly once, with its error on the side that gave it', async (scene) => {
      const [client, server] = await scene.talk();
      const error = new MusterError(3100, 'on purpose');
      client.connection.destroy(error);
      client.connection.destroy(null);
      await waitFor('both to close', () => client.closes.length > 0 && server.closes.length > 0);
      assert.deepEqual(client.closes, [error]);
      assert.equal(server.closes.length, 1);
      assert.equal(client.write('late'), false, 'nothing can be written any more');
      client.connection.end();
      client.connection.destroy(error);
      client.connection.pause();
      client.connection.resume();
      assert.equal(client.closes.length, 1);
    });

    test('destroy gives back what a peer that does not read was to get', async (scene) => {
      const [client, server] = await scene.talk();
      server.connection.pause();
      await fill(client);
      client.connection.destroy(null);
      await waitFor('the client to close', () => client.closes.length === 1);
      assert.equal(client.connection.pendingBytes, 0);
    });

    test('tells a connection that closed before its start of the close', async (scene) => {
      const [client, server] = await scene.connect();
      client.start();
      client.connection.destroy(null);
      await waitFor('the client to close', () => client.closes.length === 1);
      server.start();
      await waitFor('the server to hear of it', () => server.closes.length === 1);
    });

    test('tells an owner who comes after destroy of the close', async (scene) => {
      const [, server] = await scene.connect();
      const error = new MusterError(3122);
      server.connection.destroy(error);
      server.start();
      await waitFor('the close', () => server.closes.length > 0);
      assert.deepEqual(server.closes, [error]);
    });

    test('a closed listener refuses new connections and leaves the accepted ones alive', async (scene) => {
      const [client, server] = await scene.talk();
      const { address } = scene.listener;
      await scene.listener.close();
      await scene.listener.close();
      await assert.rejects(
        scene.subject.client(address).connect({ timeoutMs: 2_000 }),
        (error: MusterError) => {
          assert.equal(error.code, 3102);
          assert.ok(error.message.includes(address), `${error.message} names the address`);
          return true;
        },
      );
      client.write('still there');
      await waitFor('the bytes', () => server.text === 'still there');
    });

    test('an address is free again when close has resolved', async (scene) => {
      const { address } = scene.listener;
      await scene.listener.close();
      const again = await scene.subject.client(address).listen({
        onConnection: () => {},
        onRejected: () => {},
        onError: (error) => assert.fail(error),
      });
      assert.equal(again.address, address);
      await again.close();
    });

    test('an address that is taken is refused with 3101, and with what to do', async (scene) => {
      const { address } = scene.listener;
      const second = scene.subject.client(address).listen({
        onConnection: () => {},
        onRejected: () => {},
        onError: () => {},
      });
      await assert.rejects(second, (error: MusterError) => {
        assert.equal(error.code, 3101);
        assert.ok(error.message.includes(address), `${error.message} names the address`);
        return true;
      });
    });

    test('a connect that is given up rejects with 3120, before and after it began', async (scene) => {
      const client = scene.subject.client(scene.listener.address);
      const early = client.connect({ timeoutMs: 2_000, signal: AbortSignal.abort() });
      await assert.rejects(early, { code: 3120 });
      if (name.startsWith('memory')) return;
      const controller = new AbortController();
      const late = client.connect({ timeoutMs: 2_000, signal: controller.signal });
      controller.abort();
      await assert.rejects(late, { code: 3120 });
      await waitFor('the server to drop it', () => scene.accepted.every((end) => hasGone(end)));
    });

    test('serves many connections at once', async (scene) => {
      const pairs = await Promise.all(
        Array.from({ length: 40 }, async () => {
          const connecting = scene.subject.client(scene.listener.address).connect({ timeoutMs: 5_000 });
          return await connecting;
        }),
      );
      const texts = new Set<string>();
      await waitFor('all to be accepted', () => scene.accepted.length === pairs.length);
      for (const server of scene.accepted) server.start();
      for (const [i, connection] of pairs.entries()) connection.write([Buffer.from(`hello ${i}`)]);
      await waitFor('all', () => {
        for (const server of scene.accepted) texts.add(server.text);
        texts.delete('');
        return (
          scene.accepted.every((server) => server.text.startsWith('hello ')) && texts.size >= pairs.length
        );
      });
      for (const connection of pairs) connection.destroy(null);
    });
  });
}

/** Starts an end that nobody has started, and says whether its connection is over. */
function hasGone(end: End): boolean {
  if (end.ends === 0 && end.closes.length === 0) {
    try {
      end.start();
    } catch {
      return end.closes.length > 0; // it was started in an earlier turn
    }
  }
  return end.closes.length > 0;
}

/** Writes until the end is told to wait and nothing leaves any more; says how many bytes it took. */
async function fill({ connection }: End): Promise<number> {
  const chunk = Buffer.alloc(256 * 1024);
  let writtenBytes = 0;
  let lastPendingBytes = -1;
  await waitFor('back-pressure', () => {
    const isStill = connection.pendingBytes > 0 && connection.pendingBytes === lastPendingBytes;
    lastPendingBytes = connection.pendingBytes;
    if (isStill) return true;
    while (connection.pendingBytes < MIB) {
      writtenBytes += chunk.length;
      if (!connection.write([chunk])) break;
    }
    assert.ok(writtenBytes < MOST_UNREAD_BYTES, 'the writer was told to wait');
    return false;
  });
  return writtenBytes;
}
