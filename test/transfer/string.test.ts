import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BULK_CHUNK_BYTES, MAX_STRING_BYTES } from '../../src/protocol/limits.ts';
import { digestBytes } from './side.ts';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

for (const sizeBytes of [0, 1, BULK_CHUNK_BYTES, BULK_CHUNK_BYTES + 1, 5_000_001]) {
  test(`a string of ${sizeBytes} bytes arrives whole, and is taken once`, async (t) => {
    const stage = new Stage(t);
    const { from, to } = stage.connect();
    const bytes = content(sizeBytes);
    const posted = await stage.sender.transfers.outbox.post(Buffer.from(bytes));
    const output = await outputOf(stage.sendString(from, posted));
    assert.deepEqual(output, { outcome: 'done', handle: 1, bytesSent: sizeBytes, failure: null });
    await waitFor('the report', () => to.reports.length > 0);
    assert.deepEqual(to.reports, [{ type: 'string.received', handle: 1, sizeBytes }]);
    const { strings } = stage.receiver.transfers;
    assert.ok(bytes.equals(strings.take(to.id, 1)));
    assert.throws(() => strings.take(to.id, 1), { code: 3035 });
    assert.equal(strings.heldBytes(to.id), 0);
    assert.equal(stage.sender.transfers.outbox.heldBytes, 0);
    assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
  });
}

test('a string belongs to its connection: another one cannot take it, and its end frees it', async (t) => {
  const stage = new Stage(t);
  const first = stage.connect();
  const second = stage.connect();
  const posted = await stage.sender.transfers.outbox.post(content(1000));
  const { handle } = await outputOf(stage.sendString(first.from, posted));
  const { strings } = stage.receiver.transfers;
  assert.throws(() => strings.take(second.to.id, handle ?? 0), { code: 3035 });
  assert.equal(strings.heldBytes(first.to.id), 1000);
  first.to.destroy();
  await waitFor('the string to be freed', () => strings.heldBytes(first.to.id) === 0);
});

test('a string that nobody will use can be dropped, one that is arriving not: its memory stays counted', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const { strings } = stage.receiver.transfers;
  const posted = await stage.sender.transfers.outbox.post(content(1000));
  const { handle } = await outputOf(stage.sendString(from, posted));
  const arriving = await announced(stage, content(500));
  strings.discard(to.id, handle ?? 0);
  strings.discard(arriving.to.id, arriving.handle);
  strings.discard(to.id, 99);
  assert.equal(strings.heldBytes(to.id), 0);
  assert.equal(arriving.held(), 500);
  assert.throws(() => strings.take(to.id, handle ?? 0), { code: 3035 });
  const early = { code: 3035, detail: `handle ${arriving.handle} has not arrived in full` };
  assert.throws(
    () => strings.take(arriving.to.id, arriving.handle),
    early,
    'and is told from one that is not there',
  );
});

/** A peer that has announced a string, and now does what it likes. */
async function announced(stage: Stage, bytes: Uint8Array, digest?: string) {
  const { from, to } = stage.connect();
  const size = bytes.length;
  const announcement = { size, digest: digest ?? (await digestBytes(bytes)) };
  const { handle } = await from.channel.request('new_str', announcement);
  const send = (offset: number, data: Uint8Array) => from.channel.sendBulk('str_upd', handle, offset, data);
  return { from, to, handle, send, held: () => stage.receiver.transfers.strings.heldBytes(to.id) };
}

test('a string that is not what its digest says is refused with 3112, and freed', async (t) => {
  const { to, send, held } = await announced(new Stage(t), content(1000), 'ab'.repeat(64));
  await assert.rejects(send(0, content(1000)), { code: 3112 });
  assert.deepEqual(to.receivingStates(), []);
  assert.equal(held(), 0);
});

test('an empty string with the digest of another one is refused, and freed', async (t) => {
  const stage = new Stage(t);
  const { to, held } = await announced(stage, new Uint8Array(0), 'ab'.repeat(64));
  await waitFor('the failure', () => to.reports[0]?.type === 'string.failed');
  assert.equal(held(), 0);
});

for (const [what, offset, length, code] of [
  ['leaves a gap', 200, 100, 3100],
  ['repeats', 0, 100, 3100],
  ['reaches beyond the end', 100, 901, 3113],
] as const) {
  test(`a piece of a string that ${what} is refused with ${code}, and frees the string`, async (t) => {
    const bytes = content(1000);
    const { to, send, held } = await announced(new Stage(t), bytes);
    await send(0, bytes.subarray(0, 100));
    await assert.rejects(send(offset, new Uint8Array(length)), { code });
    assert.deepEqual(to.receivingStates(), []);
    assert.equal(held(), 0);
  });
}

test('a string that is reserved and never sent is freed at the progress deadline', async (t) => {
  const stage = new Stage(t);
  const { to, held } = await announced(stage, content(1000));
  assert.equal(held(), 1000);
  stage.clock.increment(1000);
  assert.equal(held(), 0);
  assert.deepEqual(
    to.reports.map((report) => ('failure' in report ? report.failure.code : report.type)),
    [3111],
  );
});

test('err_str frees the first string of its size that has not begun, and no other', async (t) => {
  const stage = new Stage(t);
  const bytes = content(1000);
  const { from, to, handle: begun, send, held } = await announced(stage, bytes);
  await send(0, bytes.subarray(0, 10));
  assert.deepEqual(await from.channel.request('err_str', { size: 1000 }), { handle: null });
  const digest = await digestBytes(bytes);
  const idle = await from.channel.request('new_str', { size: 1000, digest });
  assert.deepEqual(await from.channel.request('err_str', { size: 999 }), { handle: null });
  assert.deepEqual(await from.channel.request('err_str', { size: 1000 }), { handle: idle.handle });
  assert.equal(held(), 1000);
  await send(10, bytes.subarray(10));
  await waitFor('the string', () => to.reports.some(({ type }) => type === 'string.received'));
  assert.ok(bytes.equals(stage.receiver.transfers.strings.take(to.id, begun)));
});

test('a connection holds no more strings, and no more bytes of them, than the limits say', async (t) => {
  const limits = { heldStrings: 2, heldStringBytes: 1000 };
  const stage = new Stage(t, { receiver: { limits } });
  const { from, held } = await announced(stage, content(900));
  const digest = 'ab'.repeat(64);
  await assert.rejects(from.channel.request('new_str', { size: 101, digest }), { code: 3113 });
  await from.channel.request('new_str', { size: 100, digest });
  assert.equal(held(), 1000);
  await assert.rejects(from.channel.request('new_str', { size: 0, digest }), { code: 3110 });
});

test('strings count as incoming transfers: beyond the pool they are refused with 3110', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect({ maxIncoming: 2 });
  const digest = 'ab'.repeat(64);
  await from.channel.request('new_str', { size: 1, digest });
  await from.channel.request('new_file', { name: 'one', size: 1, digest });
  await assert.rejects(from.channel.request('new_str', { size: 1, digest }), { code: 3110 });
});

test('a sender that cancels a string frees it at the receiver', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const posted = await stage.sender.transfers.outbox.post(content(10_000_000));
  const sending = stage.sendString(from, posted);
  await waitFor('some progress', () => sending.getSnapshot().context.bytesSent > 0);
  sending.send({ type: 'cancel' });
  const output = await outputOf(sending);
  assert.equal(output.outcome, 'cancelled');
  await waitFor('the string to be freed', () => stage.receiver.transfers.strings.heldBytes(to.id) === 0);
});

test('an announcement that stays unanswered is taken back by err_str when the line is alive again', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect({ progressTimeoutMs: 60_000 });
  const posted = await stage.sender.transfers.outbox.post(content(1000));
  to.end.faults.isFrozen = true;
  const sending = stage.sendString(from, posted);
  await waitFor('the reservation', () => stage.receiver.transfers.strings.heldBytes(to.id) === 1000);
  stage.clock.increment(1000);
  to.end.thaw();
  assert.equal((await outputOf(sending)).outcome, 'failed');
  await waitFor('the string to be freed', () => stage.receiver.transfers.strings.heldBytes(to.id) === 0);
  assert.deepEqual(stage.sender.troubles, []);
});

test('a string that is in no outbox fails with 3035', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const output = await outputOf(
    stage.sendString(from, { outboxId: 9, sizeBytes: 1, digest: 'ab'.repeat(64) }),
  );
  assert.equal(output.failure?.code, 3035);
  assert.equal(from.end.passedBytes, 0);
});

test('the outbox refuses what no peer would take', async (t) => {
  const { outbox } = new Stage(t).sender.transfers;
  await assert.rejects(outbox.post(new Uint8Array(MAX_STRING_BYTES + 1)), { code: 3113 });
  assert.equal(outbox.heldBytes, 0);
});
