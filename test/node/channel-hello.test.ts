import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_HELLO_BYTES } from '../../src/protocol/limits.ts';
import { BareTalk, hello, settle } from './speakers.ts';

/** Sends something to a channel that waits for `hello`, and says with which code it closed; null if it did not. */
async function afterSaying(say: (talk: BareTalk) => void): Promise<{ talk: BareTalk; code: number | null }> {
  const talk = new BareTalk({ awaitsHello: true });
  say(talk);
  await settle();
  return { talk, code: talk.speaker.closes[0]?.code ?? null };
}

test('before hello nothing but hello is taken: everything else closes the connection unanswered', async () => {
  const strangers: [string, number, (talk: BareTalk) => void][] = [
    ['a request', 3107, (talk) => talk.ask(1, 'echo', { data: 'x' })],
    ['an unknown command', 3107, (talk) => talk.say(1, 'nonsense')],
    ['a reply', 3107, (talk) => talk.say(1, 'ok')],
    ['bulk', 3107, (talk) => talk.say(1, 'file_upd', Buffer.alloc(100), 0)],
    ['a second hello', 3107, (talk) => [1, 2].map((counter) => talk.ask(counter, 'hello', hello))],
    ['a malformed hello', 3100, (talk) => talk.say(1, 'hello')],
    ['a hello without a name', 3108, (talk) => talk.ask(1, 'hello', { ...hello, name: undefined } as never)],
    ['a hello that is too long', 3113, (talk) => talk.say(1, 'hello', Buffer.alloc(MAX_HELLO_BYTES + 1))],
    ['bytes that are no frame', 3100, (talk) => talk.write(Buffer.alloc(64, 0xff))],
  ];
  for (const [what, expected, say] of strangers) {
    const { talk, code } = await afterSaying(say);
    assert.equal(code, expected, what);
    assert.deepEqual(talk.messages, [], `${what} gets no answer`);
  }
});

test('the length of a hello is refused by its header alone, before its bytes have come', async () => {
  const { code } = await afterSaying((talk) => {
    const header = Buffer.alloc(22, '-');
    header.writeUInt32BE(1, 0);
    header.writeUInt32BE(MAX_HELLO_BYTES + 1, 4);
    header.write('hello', 8);
    header[20] = 1;
    header[21] = 1;
    talk.write(header);
  });
  assert.equal(code, 3113);
});

test('a peer that was admitted may send everything, in the same chunk already', async () => {
  const talk: BareTalk = new BareTalk({
    awaitsHello: true,
    onRequest: (counter, command, args) => {
      talk.speaker.heard.push({ counter, command, args });
      if (command !== 'hello') return;
      talk.speaker.channel.authorize();
      talk.speaker.channel.reply<'hello'>(counter, {
        name: 'master',
        version: 'test',
        protocol: 1,
        features: [],
      });
    },
  });
  talk.ask(1, 'hello', hello);
  talk.ask(2, 'syn_i_w_m', {});
  await settle();
  assert.deepEqual(
    talk.speaker.heard.map(({ command }) => command),
    ['hello', 'syn_i_w_m'],
  );
  assert.deepEqual(talk.commands, ['ok']);
});

test('a hello that is refused is answered, and then the peer may say nothing more', async () => {
  const talk: BareTalk = new BareTalk({
    awaitsHello: true,
    onRequest: (counter) => talk.speaker.channel.fail(counter, new MusterError(3030)),
  });
  talk.ask(1, 'hello', hello);
  await settle();
  assert.deepEqual(talk.errors, [[1, 3030]]);
  talk.ask(2, 'hello', hello);
  await settle();
  assert.equal(talk.speaker.closes[0]?.code, 3107);
});

test('the side that says hello takes requests from the beginning', async () => {
  const talk = new BareTalk();
  talk.ask(1, 'echo', { data: 'x' });
  await settle();
  assert.deepEqual(talk.commands, ['ok']);
});
