import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_UNCONFIRMED_BULK_BYTES } from '../../src/node/channel.ts';
import { MAX_UNANSWERED_REQUESTS, MAX_UNREAD_BYTES } from '../../src/node/channel-limits.ts';
import { MAX_BULK_AHEAD_BYTES } from '../../src/node/outbox.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { BULK_CHUNK_BYTES } from '../../src/protocol/limits.ts';
import { WRITE_HIGH_WATER_BYTES } from '../../src/transport/limits.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { BareTalk, conversation, Speaker, settle } from './speakers.ts';

const forever = { timeoutMs: 2_147_483_647 };

test('bytes go straight to the sink of their handle, and its end is the confirmation', async () => {
  const { client, server } = conversation({ clientToServer: { maxChunkBytes: 1_000 } });
  const taken: [number, string][] = [];
  const close = server.channel.openBulk('file_upd', 5, async (offset, data) => {
    taken.push([offset, Buffer.from(data).toString()]);
  });
  await client.channel.sendBulk('file_upd', 5, 0, Buffer.from('first'));
  await client.channel.sendBulk('file_upd', 5, 2 ** 40, Buffer.from(''));
  assert.deepEqual(taken, [
    [0, 'first'],
    [2 ** 40, ''],
  ]);
  assert.deepEqual(server.heard, [], 'no machine hears of it');
  close();
  close();
  await assert.rejects(client.channel.sendBulk('file_upd', 5, 5, Buffer.from('x')), { code: 3027 });
  assert.deepEqual(server.refused, [{ command: 'file_upd', code: 3027 }]);
});

test('handles of files and of strings are different ones', async () => {
  const { client, server } = conversation();
  const taken: string[] = [];
  server.channel.openBulk('str_upd', 1, async () => void taken.push('string'));
  server.channel.openBulk('file_upd', 1, async () => void taken.push('file'));
  await client.channel.sendBulk('file_upd', 1, 0, Buffer.from('x'));
  await client.channel.sendBulk('str_upd', 1, 0, Buffer.from('x'));
  assert.deepEqual(taken, ['file', 'string']);
});

test('a route that was opened anew is not closed by the one before it', async () => {
  const { client, server } = conversation();
  const closeOld = server.channel.openBulk('file_upd', 1, async () => assert.fail('the old sink'));
  server.channel.openBulk('file_upd', 1, async () => {});
  closeOld();
  await client.channel.sendBulk('file_upd', 1, 0, Buffer.from('x'));
});

test('a sink that rejects or throws is an error of that piece, not of the connection', async () => {
  const { client, server } = conversation();
  server.channel.openBulk('file_upd', 1, async () => {
    throw new MusterError(3119, 'disk full');
  });
  server.channel.openBulk('file_upd', 2, () => {
    throw new MusterError(3112);
  });
  await assert.rejects(client.channel.sendBulk('file_upd', 1, 0, Buffer.from('x')), {
    code: 3119,
    detail: 'disk full',
  });
  await assert.rejects(client.channel.sendBulk('file_upd', 2, 0, Buffer.from('x')), { code: 3112 });
  assert.deepEqual(server.closes, []);
});

test("the bytes are the sink's own: later ones of the connection do not overwrite them", async () => {
  const { client, server } = conversation({ clientToServer: { maxChunkBytes: 40 } });
  const kept: Uint8Array[] = [];
  server.channel.openBulk('file_upd', 1, async (_, data) => void kept.push(data));
  const pieces = Array.from({ length: 20 }, (_, i) => Buffer.alloc(i * 5, i));
  await Promise.all(pieces.map((piece, i) => client.channel.sendBulk('file_upd', 1, i, piece)));
  assert.deepEqual(
    kept.map((data) => Buffer.from(data)),
    pieces,
  );
});

test('memory of a piece is given back when it was confirmed, or used, and not before', async () => {
  const clock = new ManualClock();
  const [a, b] = memoryPair({ clock });
  const sent: Uint8Array[] = [];
  const used: Uint8Array[] = [];
  const client = new Speaker(a, clock, {
    dialect: { ...musterDialect, recycle: (bytes) => void sent.push(...bytes) },
  });
  const server = new Speaker(b, clock, {
    dialect: { ...musterDialect, recycle: (bytes) => void used.push(...bytes) },
  });
  const ends: (() => void)[] = [];
  server.channel.openBulk('file_upd', 1, () => new Promise((resolve) => ends.push(resolve)));
  const sending = client.channel.sendBulk('file_upd', 1, 0, Buffer.from('piece'));
  await settle();
  assert.equal(ends.length, 1, 'it has arrived');
  assert.deepEqual([sent, used], [[], []]);
  ends[0]?.();
  await sending;
  assert.ok(Buffer.concat(sent).includes('piece'), 'the frame');
  assert.deepEqual(
    used.map((data) => Buffer.from(data).toString()),
    ['piece'],
  );
  sent.length = 0;
  await assert.rejects(client.channel.sendBulk('file_upd', 2, 0, Buffer.from('for nobody')), { code: 3027 });
  assert.deepEqual(sent, [], 'what was not confirmed may still be on its way');
});

test('memory of a piece that was confirmed while it still waits to be written is not given back', async () => {
  const clock = new ManualClock();
  const [a, b] = memoryPair({ clock });
  const given: Uint8Array[] = [];
  const { channel } = new Speaker(a, clock, {
    dialect: { ...musterDialect, recycle: (bytes) => void given.push(...bytes) },
  });
  const written: Uint8Array[] = [];
  const write = a.write.bind(a);
  a.write = (chunks) => {
    written.push(...chunks);
    return write(chunks);
  };
  // It reads nothing, and knows what it will be sent.
  b.start({ data: () => {}, drain: () => {}, end: () => {}, close: () => {} });
  b.pause();
  const sending = channel.sendBulk('file_upd', 1, 0, Buffer.from('piece'));
  const counter = Buffer.concat(written).readUInt32BE(0);
  b.write(musterDialect.encodeReply(counter, 'file_upd', {}));
  assert.equal(await sending, false);
  assert.ok(a.pendingBytes > 0);
  assert.deepEqual(given, []);
});

test('control frames overtake bulk: at most the bulk of one buffer lies ahead of a keepalive', async () => {
  const talk = new BareTalk({}, { highWaterBytes: WRITE_HIGH_WATER_BYTES });
  talk.end.connection.pause();
  const piece = Buffer.alloc(BULK_CHUNK_BYTES);
  const { channel } = talk.speaker;
  const bulk = Array.from({ length: 40 }, (_, i) =>
    channel.sendBulk('file_upd', 1, i * piece.length, piece, forever),
  );
  const keepalive = channel.request('echo-c', { data: 'alive' }, forever);
  const outcomes = Promise.allSettled([...bulk, keepalive]);
  talk.end.connection.resume();
  await settle(50);
  const at = talk.commands.indexOf('echo-c');
  const aheadBytes = talk.messages.slice(0, at).reduce((sum, { payload }) => sum + payload.length, 0);
  assert.ok(at > 0, 'some bulk went first');
  assert.ok(aheadBytes <= MAX_BULK_AHEAD_BYTES + BULK_CHUNK_BYTES, `${aheadBytes} bytes ahead`);
  assert.equal(talk.messages.length, 41, 'all the bulk followed');
  assert.deepEqual(
    talk.messages
      .filter(({ command }) => command === 'file_upd')
      .map((m) => musterDialect.decodeBulk(m).offset),
    bulk.map((_, i) => i * piece.length),
    'in order',
  );
  talk.speaker.channel.destroy(null);
  await outcomes;
});

test('bulk never waits for a drain that would not come', () => {
  assert.ok(WRITE_HIGH_WATER_BYTES <= MAX_BULK_AHEAD_BYTES);
});

test('bulk waits while the peer does not read, and a piece that was given up is never sent', async () => {
  const talk = new BareTalk({}, { highWaterBytes: BULK_CHUNK_BYTES });
  talk.end.connection.pause();
  const { channel } = talk.speaker;
  const controller = new AbortController();
  const { signal } = controller;
  const pieces = Array.from({ length: 30 }, (_, i) =>
    channel.sendBulk('file_upd', i, 0, Buffer.alloc(BULK_CHUNK_BYTES), {
      ...forever,
      signal: i === 20 ? signal : undefined,
    } as never),
  );
  const outcomes = Promise.allSettled(pieces);
  controller.abort();
  assert.equal(channel.statistics.messagesOut, 1, 'the first one already filled the buffer');
  talk.end.connection.resume();
  await settle(50);
  const handles = talk.messages.map((message) => musterDialect.decodeBulk(message).handle);
  assert.equal(handles.length, 29);
  assert.ok(!handles.includes(20));
  channel.destroy(null);
  await outcomes;
});

test('routes close with the connection, and bulk that waits fails with 3103', async () => {
  const { client, server } = conversation({ clientToServer: { freezeAtByte: 0 } });
  server.channel.openBulk('file_upd', 1, async () => assert.fail('nothing comes'));
  const outcomes = Promise.allSettled(
    Array.from({ length: 20 }, () =>
      client.channel.sendBulk('file_upd', 1, 0, Buffer.alloc(BULK_CHUNK_BYTES)),
    ),
  );
  server.channel.destroy(null);
  for (const outcome of await outcomes) {
    assert.equal(outcome.status === 'rejected' && outcome.reason.code, 3103);
  }
});

test('a peer that ignores the window is dropped with 3113', async () => {
  const talk = new BareTalk();
  talk.speaker.channel.openBulk('file_upd', 1, () => new Promise(() => {}));
  const data = Buffer.alloc(4_194_304);
  let sentBytes = 0;
  for (let counter = 0; talk.speaker.closes.length === 0 && counter < 40; counter += 1) {
    talk.write(...musterDialect.encodeBulk(counter, 'file_upd', 1, 0, data));
    sentBytes += data.length;
    await settle();
  }
  assert.equal(talk.speaker.closes[0]?.code, 3113);
  assert.equal(sentBytes, MAX_UNCONFIRMED_BULK_BYTES + data.length);
});

test('what is confirmed no longer counts against the window', async () => {
  const { client, server } = conversation();
  server.channel.openBulk('file_upd', 1, async () => {});
  const data = Buffer.alloc(4_194_304);
  for (let sentBytes = 0; sentBytes <= MAX_UNCONFIRMED_BULK_BYTES; sentBytes += data.length)
    await client.channel.sendBulk('file_upd', 1, sentBytes, data);
  assert.deepEqual(server.closes, []);
});

test('a peer with too many unanswered requests is not read from until it has answers', async () => {
  const talk = new BareTalk();
  const asked = MAX_UNANSWERED_REQUESTS + 50;
  for (let counter = 0; counter < asked; counter += 1) {
    talk.ask(counter, 'syn_i_w_m', {});
    await settle(1);
  }
  assert.equal(talk.speaker.heard.length, MAX_UNANSWERED_REQUESTS + 1);
  for (let counter = 0; counter < asked; counter += 1) {
    talk.speaker.channel.reply<'syn_i_w_m'>(counter, { task: String(counter) });
    await settle(1);
  }
  await settle();
  assert.equal(talk.messages.length, asked, 'every request got its answer in the end');
});

test('a counter that is still in use is a violation', async () => {
  const talk = new BareTalk();
  talk.ask(1, 'syn_i_w_m', {});
  talk.ask(1, 'syn_i_w_m', {});
  await settle();
  assert.equal(talk.speaker.closes[0]?.code, 3100);
});

test('a peer that asks and never reads is dropped before its answers fill the memory', async () => {
  const talk = new BareTalk();
  talk.end.connection.pause();
  const data = 'x'.repeat(4_000_000);
  let asked = 0;
  for (; talk.speaker.closes.length === 0 && asked < 60; asked += 1) {
    talk.ask(asked, 'echo', { data });
    await settle(4);
  }
  assert.equal(talk.speaker.closes[0]?.code, 3113);
  assert.ok(asked * data.length <= MAX_UNREAD_BYTES + 2 * data.length, `${asked} answers were held`);
});
