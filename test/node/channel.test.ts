import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_REQUEST_TIMEOUT_MS } from '../../src/node/channel-limits.ts';
import { MAX_OUTSTANDING_REQUESTS } from '../../src/node/requests.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { BareTalk, conversation, settle } from './speakers.ts';

const echo = (data: string) => ['echo', { data }] as const;

test('both sides ask at once, and each gets its own answers, in any order', async () => {
  const { client, server } = conversation({ clientToServer: { maxChunkBytes: 7 } });
  const asked = Array.from({ length: 20 }, (_, i) => [
    client.channel.request(...echo(`up ${i}`)),
    server.channel.request(...echo(`down ${i}`)),
  ]).flat();
  const answers = await Promise.all(asked);
  assert.deepEqual(
    answers.map(({ data }) => data),
    Array.from({ length: 20 }, (_, i) => [`up ${i}`, `down ${i}`]).flat(),
  );
});

test('equal counters of the two sides do not collide', async () => {
  const talk = new BareTalk();
  const answer = talk.speaker.channel.request(...echo('ours'));
  await settle();
  const counter = talk.messages[0]?.counter ?? -1;
  talk.ask(counter, 'echo', { data: 'theirs' });
  await settle();
  assert.deepEqual(talk.commands, ['echo', 'ok'], 'their request was answered, not taken for a reply');
  talk.write(...talk.messages.slice(1).flatMap(({ payload }) => frame(counter, 'ok', payload)));
  assert.deepEqual(await answer, { data: 'theirs' });
});

test('a request ends with 3020 at its deadline, and its reply is dropped when it comes after all', async () => {
  const { clock, client, server } = conversation({ serverToClient: { delayMs: 1_000 } });
  const late = assert.rejects(client.channel.request(...echo('late'), { timeoutMs: 900 }), {
    code: 3020,
    detail: 'echo',
  });
  const usual = client.channel.request(...echo('in time'));
  await settle();
  clock.increment(900);
  await late;
  assert.equal(server.heard.length, 2);
  clock.increment(100);
  assert.deepEqual(await usual, { data: 'in time' });
  assert.equal(client.channel.statistics.strayReplies, 1);
  assert.deepEqual(client.closes, [], 'the connection lives on');
});

test('a deadline that nobody names is the common one', async () => {
  const { clock, client } = conversation({ clientToServer: { freezeAtByte: 0 } });
  const asked = assert.rejects(client.channel.request(...echo('?')), { code: 3020 });
  clock.increment(DEFAULT_REQUEST_TIMEOUT_MS);
  await asked;
});

test('a caller who gives up gets 3120, before and after the request was sent', async () => {
  const { client, server } = conversation({ serverToClient: { freezeAtByte: 0 } });
  const early = client.channel.request(...echo('early'), { signal: AbortSignal.abort() });
  await assert.rejects(early, { code: 3120 });
  const controller = new AbortController();
  const late = assert.rejects(client.channel.request(...echo('late'), { signal: controller.signal }), {
    code: 3120,
  });
  await settle();
  controller.abort();
  await late;
  assert.deepEqual(
    server.heard.map(({ args }) => args),
    [{ data: 'late' }],
  );
});

test('the error of the peer arrives with its code and its detail', async () => {
  const { client, server } = conversation();
  const asked = assert.rejects(client.channel.request('syn_i_w_m', {}), { code: 3116, detail: 'not yours' });
  await settle();
  server.channel.fail(server.heard[0]?.counter ?? -1, new MusterError(3116, 'not yours'));
  await asked;
});

test('a reply of the wrong shape is an error of that request alone', async () => {
  const talk = new BareTalk();
  const asked = assert.rejects(talk.speaker.channel.request('syn_i_w_m', {}), { code: 3108 });
  await settle();
  talk.ask(1, 'echo', { data: 'x' });
  await settle();
  const echoed = talk.messages[1]?.payload ?? Buffer.alloc(0);
  talk.write(...frame(talk.messages[0]?.counter ?? -1, 'ok', echoed));
  await asked;
  assert.deepEqual(talk.speaker.closes, []);
});

test('an answer is given once: what comes later for the same counter is nothing, to the log neither', async () => {
  const talk = new BareTalk();
  talk.ask(7, 'syn_i_w_m', {});
  await settle();
  const { channel } = talk.speaker;
  channel.reply<'syn_i_w_m'>(7, { task: 'a' });
  channel.reply<'syn_i_w_m'>(7, { task: 'b' });
  channel.fail(7, new MusterError(1000));
  channel.fail(8, new MusterError(1000));
  await settle();
  assert.deepEqual(talk.commands, ['ok']);
  assert.deepEqual(talk.speaker.refused, []);
});

test('a reply that cannot be written becomes an error: the peer does not wait for nothing', async () => {
  const talk = new BareTalk();
  talk.ask(7, 'syn_i_w_m', {});
  await settle();
  talk.speaker.channel.reply<'syn_i_w_m'>(7, { task: 'x'.repeat(70_000_000) });
  await settle();
  assert.deepEqual(talk.commands, ['err']);
  assert.equal(talk.speaker.refused.length, 1);
});

test('an unknown command gets 3109 and a malformed one 3108, the owner is told, and the connection lives on', async () => {
  const talk = new BareTalk();
  talk.say(1, 'nonsense');
  talk.ask(2, 'syn_i_w_m', { unknown: 1 } as never);
  talk.ask(3, 'echo', { data: 5 } as never);
  talk.ask(4, 'echo', { data: 'fine' });
  await settle();
  assert.deepEqual(talk.errors, [
    [1, 3109],
    [2, 3108],
    [3, 3108],
  ]);
  assert.deepEqual(talk.commands.at(-1), 'ok');
  assert.deepEqual(talk.speaker.refused, [
    { command: 'nonsense', code: 3109 },
    { command: 'syn_i_w_m', code: 3108 },
    { command: 'echo', code: 3108 },
  ]);
  assert.equal(talk.speaker.heard.length, 1, 'what is refused reaches no machine');
});

test('an owner that throws on a request answers it with an error', async () => {
  const talk = new BareTalk({
    onRequest: () => {
      throw new MusterError(3116);
    },
  });
  talk.ask(1, 'syn_i_w_m', {});
  await settle();
  assert.deepEqual(talk.errors, [[1, 3116]]);
});

test('when the connection is lost, everything that waits ends with 3103, and the owner hears it once', async () => {
  const { client, server } = conversation({ serverToClient: { cutAtByte: 10 } });
  const waiting = [client.channel.request(...echo('a')), client.channel.request('syn_i_w_m', {})];
  const outcomes = await Promise.allSettled(waiting);
  for (const outcome of outcomes) {
    assert.equal(outcome.status, 'rejected');
    assert.equal(outcome.status === 'rejected' && outcome.reason.code, 3103);
  }
  await settle();
  assert.deepEqual([client.closes.map(codeOf), server.closes.map(codeOf)], [[3103], [3103]]);
  await assert.rejects(client.channel.request(...echo('after')), { code: 3103 });
  await assert.rejects(client.channel.sendBulk('file_upd', 1, 0, Buffer.alloc(1)), { code: 3103 });
  client.channel.close();
  client.channel.destroy(null);
  client.channel.reply<'echo'>(1, { data: '' });
  client.channel.fail(1, new MusterError(1000));
  assert.equal(client.closes.length, 1);
});

test('the owner that destroys a channel hears its own error, and what was asked tells why', async () => {
  const { client, server } = conversation({ serverToClient: { freezeAtByte: 0 } });
  const asked = assert.rejects(client.channel.request(...echo('a')), {
    code: 3103,
    message: /newer session/,
  });
  client.channel.destroy(new MusterError(3122));
  await asked;
  await settle();
  assert.deepEqual([client.closes.map(codeOf), server.closes.map(codeOf)], [[3122], [3103]]);
});

test('after destroy nothing of what came is looked at any more, not even the rest of a chunk', async () => {
  const talk: BareTalk = new BareTalk({
    onRequest: (counter, command, args) => {
      talk.speaker.heard.push({ counter, command, args });
      talk.speaker.channel.destroy(null);
    },
  });
  talk.write(
    Buffer.concat([
      ...frame(1, 'nonsense', Buffer.alloc(0)),
      ...frame(2, 'syn_i_w_m', Buffer.from([0x80])),
      ...frame(3, 'syn_i_w_m', Buffer.from([0x80])),
    ]),
  );
  await settle();
  assert.deepEqual(
    talk.speaker.heard.map(({ counter }) => counter),
    [2],
  );
});

test('an orderly close sends what is queued, and closes both without an error', async () => {
  const { client, server } = conversation({ serverToClient: { maxChunkBytes: 11 } });
  const asked = client.channel.request('syn_i_w_m', {});
  await settle();
  server.channel.reply<'syn_i_w_m'>(server.heard[0]?.counter ?? -1, { task: 'last' });
  server.channel.close();
  assert.deepEqual(await asked, { task: 'last' });
  await settle();
  assert.deepEqual([client.closes, server.closes], [[null], [null]]);
});

test('when the peer has ended, what we asked fails at once, and what we were asked can still be answered', async () => {
  const talk = new BareTalk();
  const asked = assert.rejects(talk.speaker.channel.request('syn_i_w_m', {}), { code: 3103 });
  talk.ask(1, 'echo', { data: 'last' });
  talk.end.connection.end();
  await asked;
  await settle();
  assert.deepEqual(talk.commands, ['syn_i_w_m', 'ok']);
  await assert.rejects(talk.speaker.channel.request('syn_i_w_m', {}), { code: 3103 });
  assert.deepEqual(talk.speaker.closes, [null]);
});

test('what we asked of a peer that has ended fails at once, even if it takes nothing more and the close does not come', async () => {
  const talk = new BareTalk();
  talk.end.connection.pause();
  const asked = assert.rejects(talk.speaker.channel.request('syn_i_w_m', {}), { code: 3103 });
  talk.end.connection.end();
  await asked;
  assert.deepEqual(talk.speaker.closes, []);
});

test('bytes that are no frame close the connection with 3100', async () => {
  const talk = new BareTalk();
  talk.write(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  await settle();
  assert.ok([3100, 3113].includes(talk.speaker.closes[0]?.code ?? 0), String(talk.speaker.closes[0]));
});

test('the requests of one side are bounded', async () => {
  const { client, server } = conversation({ clientToServer: { freezeAtByte: 0 } });
  const waiting = Array.from({ length: MAX_OUTSTANDING_REQUESTS }, () => client.channel.request(...echo('')));
  await assert.rejects(client.channel.request(...echo('one too many')), { code: 3110 });
  server.channel.destroy(null);
  const outcomes = await Promise.allSettled(waiting);
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
});

test('statistics and watchers see what passed, and never its content', async () => {
  const { client, server } = conversation();
  await client.channel.request(...echo('secret'));
  const { statistics } = client.channel;
  assert.equal(statistics.messagesOut, 1);
  assert.equal(statistics.messagesIn, 1);
  assert.equal(statistics.bytesOut, server.channel.statistics.bytesIn);
  assert.equal(statistics.bytesIn, server.channel.statistics.bytesOut);
  assert.deepEqual(
    client.frames.map(({ direction, command }) => [direction, command]),
    [
      ['out', 'echo'],
      ['in', 'ok'],
    ],
  );
  assert.ok(!JSON.stringify([...client.frames, statistics]).includes('secret'));
});

const codeOf = (error: MusterError | null) => error?.code;

function frame(counter: number, command: string, payload: Uint8Array): Uint8Array[] {
  const header = Buffer.alloc(22);
  header.writeUInt32BE(counter, 0);
  header.writeUInt32BE(payload.length, 4);
  header.write(command.padEnd(11, '-'), 8, 'ascii');
  header.write('-', 19, 'ascii');
  header[20] = 1;
  header[21] = 1;
  return [header, payload];
}

test('whoever watches is told what each message says, both ways, errors too, and nothing of the bytes of files', async () => {
  const { client, server } = conversation();
  await client.channel.request(...echo('hello'));
  await assert.rejects(client.channel.sendBulk('file_upd', 7, 0, Buffer.from('bytes of a file')));
  for (const [{ contents }, first, last] of [
    [client, 'out', 'in'],
    [server, 'in', 'out'],
  ] as const) {
    assert.deepEqual(contents.slice(0, 2), [
      [first, { data: 'hello' }],
      [last, { data: 'hello' }],
    ]);
    const [direction, error] = contents[2] ?? [];
    assert.equal(direction, last);
    assert.ok(error instanceof MusterError);
    assert.equal(contents.length, 3);
  }
});
