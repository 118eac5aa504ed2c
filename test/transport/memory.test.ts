import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedClock } from 'xstate';
import { type MemoryOptions, MemoryTransport, memoryPair } from '../../src/transport/memory.ts';
import { End } from './ends.ts';

const codesOf = (end: End) => end.closes.map((error) => error?.code);
/** Lets everything happen that needs no clock. */
const settle = () => new Promise<void>(setImmediate);

function pair(options: MemoryOptions = {}): [End, End] {
  const [client, server] = memoryPair(options);
  return [new End(client).start(), new End(server).start()];
}

test('a cut lets exactly so many bytes pass, and closes both ends with 3103', async () => {
  const [client, server] = pair({ clientToServer: { cutAtByte: 5 } });
  client.write('hello');
  await settle();
  assert.equal(server.text, 'hello');
  assert.deepEqual(client.closes, []);
  client.write(' world');
  await settle();
  assert.equal(server.text, 'hello');
  assert.deepEqual([codesOf(client), codesOf(server)], [[3103], [3103]]);
});

test('a frozen direction passes nothing more, not even the end, and tells nobody', async () => {
  const [client, server] = pair({ clientToServer: { freezeAtByte: 3 } });
  client.write('abcdef');
  client.connection.end();
  server.write('alive');
  await settle();
  assert.deepEqual([server.text, client.text], ['abc', 'alive']);
  assert.deepEqual([server.ends, client.closes, server.closes], [0, [], []]);
  assert.equal(client.connection.pendingBytes, 3);
});

test('a delay keeps the order of bytes and end', async () => {
  const clock = new SimulatedClock();
  const [client, server] = pair({ clock, clientToServer: { delayMs: 100 } });
  client.write('a');
  clock.increment(60);
  client.write('b');
  client.connection.end();
  await settle();
  assert.equal(server.text, '');
  clock.increment(40);
  await settle();
  assert.deepEqual([server.text, server.ends], ['a', 0]);
  clock.increment(60);
  await settle();
  assert.deepEqual([server.text, server.ends], ['ab', 1]);
  assert.throws(() => memoryPair({ clientToServer: { delayMs: 1 } }), /clock/);
});

test('bytes arrive in pieces of the size that was asked for', async () => {
  const [client, server] = pair({ clientToServer: { maxChunkBytes: 4 } });
  client.write('0123456789');
  await settle();
  assert.deepEqual(server.chunks.map(String), ['0123', '4567', '89']);
});

test('pieces of one write begin small and grow, and those of the next begin small again', async () => {
  const [client, server] = pair({ clientToServer: { firstChunkBytes: 1 } });
  client.write('0123456789');
  client.write('abc');
  await settle();
  assert.deepEqual(server.chunks.map(String), ['0', '12', '3456', '789', 'a', 'bc']);
});

test('a connect is refused, or hangs until its deadline or its caller ends it', async () => {
  const clock = new SimulatedClock();
  const outcomes = ['refuse', 'hang', 'hang', 'accept'] as const;
  let attempt = 0;
  const transport = new MemoryTransport({ clock, connecting: () => outcomes[attempt++] ?? 'accept' });
  await transport.listen({ onConnection: () => {}, onRejected: () => {}, onError: () => {} });
  await assert.rejects(transport.connect({ timeoutMs: 100 }), { code: 3102 });
  const late = assert.rejects(transport.connect({ timeoutMs: 100 }), { code: 3102 });
  clock.increment(100);
  await late;
  const controller = new AbortController();
  const abandoned = assert.rejects(transport.connect({ timeoutMs: 100, signal: controller.signal }), {
    code: 3120,
  });
  controller.abort();
  await abandoned;
  assert.equal((await transport.connect({ timeoutMs: 100 })).peer.address, 'memory:1');
});
