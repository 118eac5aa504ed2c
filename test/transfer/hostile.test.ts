import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MAX_BULK_DATA_BYTES } from '../../src/protocol/limits.ts';
import { digestBytes } from './side.ts';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

/** A peer that has announced a file of this content, and now does what it likes. */
async function announced(t: TestContext, bytes: Uint8Array, overrides = {}) {
  const stage = new Stage(t, { receiver: overrides });
  const { from, to } = stage.connect();
  const digest = await digestBytes(bytes);
  const { handle } = await from.channel.request('new_file', { name: 'file', size: bytes.length, digest });
  const send = (offset: number, data: Uint8Array) => from.channel.sendBulk('file_upd', handle, offset, data);
  const end = () => from.channel.request('file_end', { handle, digest });
  return { stage, from, to, digest, handle, send, end, bytes };
}

const failureOf = (to: Awaited<ReturnType<typeof announced>>['to']) => {
  const [report] = to.reports.filter(({ type }) => type === 'transfer.failed');
  return report !== undefined && 'failure' in report ? report.failure.code : null;
};

for (const [what, offset, length, code] of [
  ['leaves a gap', 200, 100, 3100],
  ['repeats a piece', 0, 100, 3100],
  ['overlaps', 50, 100, 3100],
  ['is empty', 100, 0, 3100],
  ['reaches beyond the end', 100, 901, 3113],
  ['lies far beyond the end', 1_000_000_000_000, 10, 3100],
] as const) {
  test(`a piece that ${what} is refused with ${code}, and ends the transfer`, async (t) => {
    const { stage, to, send, end, bytes } = await announced(t, content(1000));
    await send(0, bytes.subarray(0, 100));
    await assert.rejects(send(offset, new Uint8Array(length)), { code });
    assert.equal(failureOf(to), code);
    await assert.rejects(send(100, bytes.subarray(100)), { code: 3027 });
    await assert.rejects(end(), { code: 3108 });
    await stage.quiet();
    const [part] = await stage.spooled();
    assert.equal((await stat(join(stage.spool, part ?? ''))).size, 100);
  });
}

test('an end that comes before all bytes is refused with 3100', async (t) => {
  const { to, send, end, bytes } = await announced(t, content(1000));
  await send(0, bytes.subarray(0, 999));
  await assert.rejects(end(), { code: 3100 });
  assert.equal(failureOf(to), 3100);
});

test('an end with another digest than was announced is refused with 3112', async (t) => {
  const { from, handle, send, bytes } = await announced(t, content(1000));
  await send(0, bytes);
  await assert.rejects(from.channel.request('file_end', { handle, digest: 'ab'.repeat(64) }), { code: 3112 });
});

test('a second end is refused, and the first one still gets its answer', async (t) => {
  const { to, send, end, bytes } = await announced(t, content(1000));
  await send(0, bytes);
  const first = end();
  await assert.rejects(end(), { code: 3100 });
  await first;
  assert.equal(to.reports.at(-1)?.type, 'transfer.received');
});

test('a piece that comes after the end is refused', async (t) => {
  const { stage, send, end, bytes } = await announced(t, content(1000));
  await send(0, bytes);
  await end();
  await assert.rejects(send(1000, new Uint8Array(1)), { code: 3027 });
  assert.deepEqual(await stage.spooled(), ['file']);
});

test('pieces of one transfer never reach another, and a handle is not given out twice', async (t) => {
  const { from, handle, send, end, bytes } = await announced(t, content(1000));
  await send(0, bytes);
  await end();
  const next = await from.channel.request('new_file', { name: 'next', size: 5, digest: 'ab'.repeat(64) });
  assert.notEqual(next.handle, handle);
  await assert.rejects(send(0, new Uint8Array(5)), { code: 3027 });
  await assert.rejects(from.channel.sendBulk('str_upd', next.handle, 0, new Uint8Array(5)), { code: 3027 });
});

test('handles that were never given out have no file, no string and nothing to cancel', async (t) => {
  const { from, to } = await announced(t, content(10));
  await assert.rejects(from.channel.sendBulk('file_upd', 77, 0, new Uint8Array(5)), { code: 3027 });
  await assert.rejects(from.channel.request('file_end', { handle: 77, digest: 'ab'.repeat(64) }), {
    code: 3108,
  });
  const error = { code: 3120, detail: null };
  await from.channel.request('cancel_task', { task: 'transfer-77', error });
  await from.channel.request('cancel_task', { task: 'transfer-1e0', error });
  await from.channel.request('cancel_task', { task: null, error });
  assert.deepEqual(await from.channel.request('err_str', { size: 10 }), { handle: null });
  assert.deepEqual(to.receivingStates(), ['receiving']);
});

for (const name of [
  '../evil',
  'a/b',
  '.hidden',
  'a\\b',
  'x.part',
  '..',
  'nul\0',
  ' ',
  'x'.repeat(201),
  'é',
]) {
  test(`the name ${JSON.stringify(name.slice(0, 20))} is refused`, async (t) => {
    const stage = new Stage(t);
    const { from, to } = stage.connect();
    const announcement = { name, size: 5, digest: 'ab'.repeat(64) };
    await assert.rejects(from.channel.request('new_file', announcement), (error: { code: number }) =>
      [3108, 3114].includes(error.code),
    );
    assert.deepEqual(to.receivingStates(), []);
    assert.deepEqual(await stage.spooled(), []);
  });
}

test('a link in the place of a part is not followed', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const bytes = content(1000);
  const file = await stage.file('linked', bytes);
  const victim = join(stage.directory, 'victim');
  await writeFile(victim, 'precious');
  await mkdir(stage.spool);
  await symlink(victim, join(stage.spool, `${file.digest}.part`));
  assert.equal((await outputOf(stage.sendFile(from, file))).failure?.code, 3119);
  assert.equal(await readFile(victim, 'utf8'), 'precious');
});

test('other content under a name that is just arriving is refused with 3110', async (t) => {
  const { from } = await announced(t, content(1000));
  const other = { name: 'file', size: 5, digest: 'ab'.repeat(64) };
  await assert.rejects(from.channel.request('new_file', other), { code: 3110 });
});

test('a file beyond the room in the spool is refused with 3113, before a byte is written', async (t) => {
  const limits = { spoolPeerBytes: 1500, spoolTotalBytes: 10_000 };
  const { stage, from } = await announced(t, content(1000), { limits });
  const big = { name: 'big', size: 501, digest: 'ab'.repeat(64) };
  await assert.rejects(from.channel.request('new_file', big), { code: 3113 });
  await from.channel.request('new_file', { ...big, size: 500 });
  assert.equal((await stage.spooled()).length, 2);
});

test('parts that nobody resumes give way to what needs their room; complete files do not', async (t) => {
  const stage = new Stage(t, { receiver: { limits: { spoolPeerBytes: 1500, spoolTotalBytes: 10_000 } } });
  const { from } = stage.connect();
  await mkdir(stage.spool);
  await writeFile(join(stage.spool, `${'cd'.repeat(64)}.part`), content(600));
  await writeFile(join(stage.spool, 'complete'), content(600));
  const file = await stage.file('new', content(900));
  assert.equal((await outputOf(stage.sendFile(from, file))).outcome, 'done');
  assert.deepEqual(await stage.spooled(), ['complete', 'new']);
  const tooMuch = await outputOf(stage.sendFile(from, await stage.file('more', content(900, 2))));
  assert.equal(tooMuch.failure?.code, 3113);
});

test('a file that was used and removed leaves its room to the next one', async (t) => {
  const stage = new Stage(t, { receiver: { limits: { spoolPeerBytes: 1000 } } });
  const { from } = stage.connect();
  for (const seed of [1, 2, 3, 4]) {
    const file = await stage.file('one-after-another', content(900, seed));
    assert.equal((await outputOf(stage.sendFile(from, file))).outcome, 'done');
    await rm(join(stage.spool, 'one-after-another'));
  }
});

test('a peer that sends without waiting for answers gets 3110, and costs no more than the budget', async (t) => {
  const bytes = new Uint8Array(1_000_000);
  const { to, send } = await announced(t, bytes, { limits: { pendingWriteBytes: 100_000 } });
  await assert.rejects(send(0, bytes.subarray(0, 200_000)), { code: 3110 });
  assert.equal(failureOf(to), 3110);
});

test('a piece of the largest size that the protocol allows is taken', async (t) => {
  const bytes = content(MAX_BULK_DATA_BYTES);
  const { send, end } = await announced(t, bytes);
  await send(0, bytes);
  await end();
});

test('a peer that says it has more than there is, is not believed', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const file = await stage.file('small', content(10));
  const incoming = to.incoming();
  assert.ok(incoming !== undefined);
  to.tell = (event) => {
    if (event.type === 'rx.new_file') {
      to.channel.reply<'new_file'>(event.counter as number, { handle: 5, offset: 11 });
    } else if (event.type === 'rx.cancel_task') {
      to.channel.reply<'cancel_task'>(event.counter as number, {});
    }
  };
  const output = await outputOf(stage.sendFile(from, file));
  assert.equal(output.failure?.code, 3108);
  await stage.quiet();
});

test('a spool that cannot be written fails the transfer with 3119', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  await writeFile(stage.spool, 'a file in the place of the directory');
  const file = await stage.file('nowhere', content(10));
  assert.equal((await outputOf(stage.sendFile(from, file))).failure?.code, 3119);
  await waitFor('quiet', async () => (await stage.spooled()).length === 0);
});
