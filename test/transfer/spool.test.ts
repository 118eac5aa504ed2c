import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TransferLimits } from '../../src/node/transfers/limits.ts';
import type { Link } from './side.ts';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

const HOUR_MS = 3_600_000;

/** A receiver whose peers have a directory each, named after the number of their connection. */
function spoolOf(t: TestContext, limits: Partial<TransferLimits>) {
  const directoryOf = (peer: number | string) => join(stage.directory, 'incoming', `peer${peer}`);
  const stage: Stage = new Stage(t, {
    receiver: {
      limits,
      spoolDirectory: directoryOf,
      spoolDirectories: async () =>
        (await readdir(join(stage.directory, 'incoming'))).map((name) =>
          join(stage.directory, 'incoming', name),
        ),
    },
  });
  const lay = async (peer: number | string, name: string, sizeBytes: number, ageMs: number) => {
    await mkdir(directoryOf(peer), { recursive: true });
    const path = join(directoryOf(peer), name);
    await writeFile(path, content(sizeBytes));
    const at = new Date(Date.now() - ageMs);
    await utimes(path, at, at);
  };
  const list = async (peer: number | string) => (await readdir(directoryOf(peer)).catch(() => [])).sort();
  return { stage, lay, list };
}

const announce = (from: Link, sizeBytes: number, digit = 'a') =>
  from.channel.request('new_file', { name: 'big', size: sizeBytes, digest: digit.repeat(128) });

test('what peers announce and do not send takes no room from others', async (t) => {
  const { stage } = spoolOf(t, { spoolPeerBytes: 1000, spoolTotalBytes: 4000 });
  for (let peer = 0; peer < 4; peer += 1) await announce(stage.connect().from, 1000);
  const honest = stage.connect();
  const file = await stage.file('metadata', content(900));
  assert.equal((await outputOf(stage.sendFile(honest.from, file))).outcome, 'done');
});

test('what a peer announces still takes room from itself', async (t) => {
  const { stage } = spoolOf(t, { spoolPeerBytes: 1000, spoolTotalBytes: 4000 });
  const { from } = stage.connect();
  await announce(from, 600);
  await assert.rejects(
    from.channel.request('new_file', { name: 'more', size: 401, digest: 'b'.repeat(128) }),
    {
      code: 3113,
    },
  );
  await from.channel.request('new_file', { name: 'more', size: 400, digest: 'b'.repeat(128) });
});

test('what arrives beyond the room for all peers together is refused with 3113, and what came of it goes', async (t) => {
  const { stage, list } = spoolOf(t, { spoolPeerBytes: 1000, spoolTotalBytes: 1500 });
  const [first, second] = [stage.connect().from, stage.connect().from];
  const [one, two] = [await announce(first, 1000), await announce(second, 1000)];
  await first.channel.sendBulk('file_upd', one.handle, 0, content(900));
  await second.channel.sendBulk('file_upd', two.handle, 0, content(600));
  await assert.rejects(second.channel.sendBulk('file_upd', two.handle, 600, content(1)), { code: 3113 });
  await waitFor('its part to go', async () => (await list(2)).length === 0);
  await first.channel.sendBulk('file_upd', one.handle, 900, content(100));
});

test('a part of more than half the room of its peer is resumed', async (t) => {
  const { stage, lay } = spoolOf(t, { spoolPeerBytes: 1000, spoolTotalBytes: 1000 });
  await lay(1, `${'a'.repeat(128)}.part`, 700, 0);
  assert.equal((await announce(stage.connect().from, 900)).offset, 700);
});

test('what an earlier life left of peers that are gone counts, and gives way, the oldest first', async (t) => {
  const { stage, lay, list } = spoolOf(t, { spoolPeerBytes: 1000, spoolTotalBytes: 1500 });
  await lay('-gone', 'young.meta', 400, HOUR_MS);
  await lay('-gone', 'older.part', 400, 3 * HOUR_MS);
  await lay('-lost', 'old.meta', 400, 2 * HOUR_MS);
  const { from } = stage.connect();
  const file = await stage.file('new', content(1000));
  assert.equal((await outputOf(stage.sendFile(from, file))).outcome, 'done');
  assert.deepEqual([await list('-gone'), await list('-lost'), await list(1)], [['young.meta'], [], ['new']]);
});

test('complete files of a peer that is here stay, those of one that has left make room', async (t) => {
  const { stage, list } = spoolOf(t, { spoolPeerBytes: 1000, spoolTotalBytes: 1500 });
  const [first, second] = [stage.connect(), stage.connect()];
  const file = await stage.file('first', content(1000));
  assert.equal((await outputOf(stage.sendFile(first.from, file))).outcome, 'done');
  const refused = await outputOf(stage.sendFile(second.from, await stage.file('second', content(900, 2))));
  assert.equal(refused.failure?.code, 3113);
  assert.deepEqual(await list(1), ['first']);
  first.from.destroy();
  await waitFor('the end of its connection', () => first.to.isClosed);
  const taken = await outputOf(stage.sendFile(second.from, await stage.file('second', content(900, 2))));
  assert.equal(taken.outcome, 'done');
  assert.deepEqual([await list(1), await list(2)], [[], ['second']]);
});

/** Sends a file of one byte to its end; the code of the error if it is refused. */
async function sendTiny(stage: Stage, from: Link, name: string, seed: number): Promise<number | undefined> {
  return (await outputOf(stage.sendFile(from, await stage.file(name, content(1, seed))))).failure?.code;
}

test('a peer has so many complete files and no more, however small they are', async (t) => {
  const { stage, list } = spoolOf(t, { spoolPeerFiles: 2 });
  const [first, second] = [stage.connect(), stage.connect()];
  for (const name of ['a', 'b']) assert.equal(await sendTiny(stage, first.from, name, 1), undefined);
  const refused = announce(first.from, 1);
  await assert.rejects(refused, {
    code: 3113,
    message: /no room for a file of 1 bytes beside 2 files with 2 bytes in .*peer1; at most 2 files/,
  });
  assert.deepEqual(await list(1), ['a', 'b']);
  assert.equal(await sendTiny(stage, second.from, 'other', 1), undefined);
});

test('files that are announced and parts that nobody resumes count too; parts give way', async (t) => {
  const { stage, lay, list } = spoolOf(t, { spoolPeerFiles: 2 });
  const part = (digit: string) => `${digit.repeat(128)}.part`;
  await lay(1, part('c'), 1, HOUR_MS);
  await lay(1, part('d'), 1, 0);
  const { from } = stage.connect();
  await announce(from, 1, 'a');
  assert.deepEqual(await list(1), [part('a'), part('d')]);
  // The part that it goes on with is no second file.
  assert.equal(
    (await from.channel.request('new_file', { name: 'on', size: 2, digest: 'd'.repeat(128) })).offset,
    1,
  );
  await assert.rejects(from.channel.request('new_file', { name: 'more', size: 1, digest: 'e'.repeat(128) }), {
    code: 3113,
  });
});

test('the files of all peers together are so many and no more, also when they come at the same moment', async (t) => {
  const { stage, lay, list } = spoolOf(t, { spoolTotalFiles: 3 });
  for (const name of ['old', 'young']) await lay('-gone', name, 0, name === 'old' ? HOUR_MS : 0);
  const peers = Array.from({ length: 6 }, () => stage.connect().from);
  const outcomes = await Promise.allSettled(peers.map((from) => announce(from, 1)));
  const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  assert.deepEqual(
    refused.map(({ reason }) => reason.code),
    [3113, 3113, 3113],
  );
  assert.deepEqual(await list('-gone'), []);
});

test('peers that come under ever new names and leave nothing leave no directory', async (t) => {
  const { stage, list } = spoolOf(t, {});
  const [idle, holder] = [stage.connect(), stage.connect()];
  await announce(idle.from, 1);
  assert.equal(await sendTiny(stage, holder.from, 'kept', 1), undefined);
  for (const { from } of [idle, holder]) from.destroy();
  const incoming = join(stage.directory, 'incoming');
  await waitFor('the empty directory to go', async () => !(await readdir(incoming)).includes('peer1'));
  assert.deepEqual(await list(2), ['kept']);
});

/** What refuses a file of this name and size; undefined if it arrives. */
const refusalOf = async (stage: Stage, from: Link, name: string, sizeBytes: number, seed = 1) =>
  (await outputOf(stage.sendFile(from, await stage.file(name, content(sizeBytes, seed))))).failure?.code;

test('what somebody sends has a room of its own, in bytes and in files: it is refused there, and nothing else is for its sake', async (t) => {
  const { stage, list } = spoolOf(t, {
    spoolPeerBytes: 100,
    spoolPeerFiles: 1,
    spoolSentBytes: 1000,
    spoolSentFiles: 2,
  });
  const { from } = stage.connect();
  assert.equal(await refusalOf(stage, from, 'sent-a', 500), undefined);
  assert.equal(await refusalOf(stage, from, 'sent-b', 501), 3113);
  assert.equal(await refusalOf(stage, from, 'sent-b', 500), undefined);
  assert.equal(await refusalOf(stage, from, 'sent-c', 0), 3113);
  assert.equal(await refusalOf(stage, from, 'list', 100), undefined);
  assert.equal(await refusalOf(stage, from, 'more', 0), 3113);
  assert.deepEqual(await list(1), ['list', 'sent-a', 'sent-b']);
});

test('a part of what somebody sends counts as that, is resumed, and gives way to nothing but its like', async (t) => {
  const limits = { spoolPeerBytes: 100, spoolPeerFiles: 1, spoolSentBytes: 1000, spoolSentFiles: 1 };
  const { stage, lay, list } = spoolOf(t, limits);
  const part = (digit: string) => `sent-${digit.repeat(128)}.part`;
  await lay(1, part('a'), 700, HOUR_MS);
  const { from } = stage.connect();
  assert.equal(await refusalOf(stage, from, 'list', 100), undefined);
  assert.deepEqual(await list(1), ['list', part('a')]);
  const sent = (digit: string) =>
    from.channel.request('new_file', { name: `sent-${digit}`, size: 1000, digest: digit.repeat(128) });
  assert.equal((await sent('a')).offset, 700);
  await lay(2, part('a'), 700, HOUR_MS);
  const other = stage.connect();
  const begun = { name: 'sent-b', size: 1000, digest: 'b'.repeat(128) };
  assert.equal((await other.from.channel.request('new_file', begun)).offset, 0);
  assert.deepEqual(await list(2), [part('b')]);
});
