import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '../../src/protocol/commands.ts';
import { encodeMessagePack } from '../../src/protocol/dialects/msgpack.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { BareTalk, settle } from './speakers.ts';

/** A request has come, and whoever watches has been told what it says. */
async function asked(command: 'syn_i_w_m' | 'get_files' = 'syn_i_w_m', isWatched?: () => boolean) {
  const talk = new BareTalk(isWatched && { isWatched });
  talk.ask(7, command, {});
  await settle();
  const { channel, contents } = talk.speaker;
  contents.length = 0;
  return { talk, channel, contents };
}

test('of an error and the reply that comes too late whoever watches is told what went: the error', async () => {
  const { talk, channel, contents } = await asked();
  channel.fail(7, new MusterError(3021));
  channel.reply<'syn_i_w_m'>(7, { task: 'late answer, dropped' });
  await settle();
  assert.deepEqual(talk.errors, [[7, 3021]]);
  assert.deepEqual(
    contents.map(([direction, said]) => [direction, said instanceof MusterError && said.code]),
    [['out', 3021]],
  );
});

test('of a reply that cannot be written the error in its place is told, once', async () => {
  const { talk, channel, contents } = await asked();
  channel.reply<'syn_i_w_m'>(7, { task: 'x'.repeat(70_000_000) });
  await settle();
  const [[, code] = []] = talk.errors;
  assert.deepEqual(
    contents.map(([direction, said]) => [direction, said instanceof MusterError && said.code]),
    [['out', code]],
  );
});

test('an answer on a connection that is gone is told to nobody', async () => {
  const { channel, contents } = await asked();
  channel.destroy(null);
  await settle();
  channel.reply<'syn_i_w_m'>(7, { task: 'a' });
  channel.fail(7, new MusterError(1000));
  assert.deepEqual(contents, []);
});

test('what a reply says that was packed before is told while somebody watches, and otherwise not even read', async () => {
  const said = commands.get_files.example.reply;
  for (const isWatched of [true, false]) {
    const { talk, channel, contents } = await asked('get_files', () => isWatched);
    channel.replyPacked(7, encodeMessagePack(said));
    await settle();
    assert.deepEqual(talk.commands, ['ok']);
    assert.deepEqual(contents, isWatched ? [['out', said]] : []);
  }
});
