import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BULK_CHUNK_BYTES } from '../../src/protocol/limits.ts';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

/** A verification that waits to be let go. */
function heldVerification() {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    digestFile: () =>
      new Promise<{ digest: string }>((resolve) => waiting.push(() => resolve({ digest: '0'.repeat(128) }))),
  };
}

/** Ends what a test has to see at the receiver: one report, no transfer left, nothing open. */
async function endedAtReceiver(stage: Stage, to: ReturnType<Stage['connect']>['to']): Promise<void> {
  await waitFor('the report', () => to.reports.some(({ type }) => type === 'transfer.failed'));
  assert.deepEqual(to.receivingStates(), []);
  await stage.quiet();
  assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
}

/** A transfer that has arrived in a state of the sender, and stays there. */
async function sendingIn(t: TestContext, state: 'announcing' | 'streaming' | 'finishing') {
  const held = heldVerification();
  const stage = new Stage(t, { receiver: { digestFile: held.digestFile } });
  const { from, to } = stage.connect();
  const file = await stage.file('wanted', content(10_000_000));
  if (state === 'announcing') to.end.faults.isFrozen = true;
  const sending = stage.sendFile(from, file);
  const isThere = {
    announcing: () => to.receivingStates().includes('receiving'),
    streaming: () => sending.getSnapshot().context.bytesSent > 0,
    finishing: () => to.receivingStates().includes('verifying'),
  };
  await waitFor(state, isThere[state]);
  assert.equal(sending.getSnapshot().value, state);
  return { stage, from, to, sending, held, file };
}

for (const state of ['announcing', 'streaming', 'finishing'] as const) {
  test(`a sender that cancels while ${state} tells the receiver, and waits for its answer`, async (t) => {
    const { stage, to, sending } = await sendingIn(t, state);
    sending.send({ type: 'cancel' });
    assert.equal(sending.getSnapshot().value, 'cancelling');
    to.end.thaw();
    const output = await outputOf(sending);
    assert.equal(output.outcome, 'cancelled');
    await endedAtReceiver(stage, to);
    assert.equal(stage.receiver.records[0]?.outcome, 'cancelled');
  });

  test(`a sender that is stopped while ${state} tells the receiver`, async (t) => {
    const { stage, to, sending } = await sendingIn(t, state);
    sending.stop();
    to.end.thaw();
    await endedAtReceiver(stage, to);
    assert.equal(stage.receiver.records[0]?.outcome, 'cancelled');
  });

  test(`a receiver that cancels while the sender is ${state} ends both, and keeps what may be resumed`, async (t) => {
    const { stage, to, sending, file } = await sendingIn(t, state);
    to.tell({ type: 'cancel', handle: 1, failure: { code: 3120, message: 'wanted no more' } });
    to.end.thaw();
    const output = await outputOf(sending);
    assert.equal(output.outcome, 'failed');
    assert.ok([3120, 3027].includes(output.failure?.code ?? 0), JSON.stringify(output.failure));
    await endedAtReceiver(stage, to);
    const kept = await stage.spooled();
    if (state === 'finishing') assert.deepEqual(kept, [`${file.digest}.part`]);
  });

  test(`a connection that ends while the sender is ${state} ends both, and closes everything`, async (t) => {
    const { stage, to, sending } = await sendingIn(t, state);
    to.destroy();
    const output = await outputOf(sending);
    assert.equal(output.outcome, 'failed');
    assert.equal(output.failure?.code, 3103);
    await stage.quiet();
    assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
  });

  test(`a receiver that stays silent while the sender is ${state} stalls it with 3111`, async (t) => {
    const { stage, from, to, sending } = await sendingIn(t, state);
    to.end.faults.isFrozen = true;
    await waitFor('what is under way to arrive', () => from.end.pendingBytes === 0);
    stage.clock.increment(2000);
    assert.equal(sending.getSnapshot().value, 'abandoning');
    assert.equal(sending.getSnapshot().context.failure?.code, 3111);
    stage.clock.increment(2000);
    const output = await outputOf(sending);
    assert.equal(output.outcome, 'failed');
    assert.equal(output.failure?.code, 3111);
    await stage.quiet();
  });
}

test('a cancellation that nobody confirms ends at the deadline', async (t) => {
  const { stage, to, sending } = await sendingIn(t, 'streaming');
  to.end.faults.isFrozen = true;
  sending.send({ type: 'cancel' });
  stage.clock.increment(1000);
  assert.equal((await outputOf(sending)).outcome, 'cancelled');
  await stage.quiet();
});

test('a receiver that cancels while it opens the file leaves nothing behind', async (t) => {
  const cancel = () => to.tell({ type: 'cancel', handle: 1, failure: { code: 3120, message: 'not wanted' } });
  const stage: Stage = new Stage(t, {
    receiver: {
      spoolDirectory: () => {
        queueMicrotask(cancel);
        return stage.spool;
      },
    },
  });
  const { from, to } = stage.connect();
  const file = await stage.file('opening', content(10));
  assert.equal((await outputOf(stage.sendFile(from, file))).failure?.code, 3120);
  await endedAtReceiver(stage, to);
  assert.deepEqual(await stage.spooled(), []);
});

test('what was cancelled may be sent again, and is resumed', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const file = await stage.file('again', content(10_000_000));
  const first = stage.sendFile(from, file);
  await waitFor('some progress', () => first.getSnapshot().context.bytesSent > 0);
  first.send({ type: 'cancel' });
  assert.equal((await outputOf(first)).outcome, 'cancelled');
  const second = await outputOf(stage.sendFile(from, file));
  assert.equal(second.outcome, 'done');
  assert.ok(second.resumedFromBytes > 0);
});

test('every progress begins the deadline anew: a slow transfer is no stalled one', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const pieces: (() => void)[] = [];
  const sendBulk = from.channel.sendBulk.bind(from.channel);
  from.channel.sendBulk = async (...piece) => {
    await new Promise<void>((resolve) => pieces.push(resolve));
    return await sendBulk(...piece);
  };
  const file = await stage.file('slow', content(6 * BULK_CHUNK_BYTES));
  const sending = stage.sendFile(from, file);
  await waitFor('all pieces', () => pieces.length === 6);
  for (const [index, letGo] of pieces.entries()) {
    stage.clock.increment(900);
    letGo();
    const confirmed = (index + 1) * BULK_CHUNK_BYTES;
    await waitFor('progress', () => sending.getSnapshot().context.bytesSent === confirmed);
    assert.equal(to.reports.filter(({ type }) => type === 'transfer.progress').length, index + 1);
  }
  assert.equal((await outputOf(sending)).outcome, 'done');
});

test('what was announced and is never sent is given up at the deadline, and its place is free', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect({ maxIncoming: 1 });
  const digest = 'ab'.repeat(64);
  await from.channel.request('new_file', { name: 'never', size: 5, digest });
  await assert.rejects(from.channel.request('new_file', { name: 'other', size: 5, digest }), { code: 3110 });
  stage.clock.increment(1000);
  assert.deepEqual(
    to.reports.map((report) => ('failure' in report ? report.failure.code : report.type)),
    [3111],
  );
  await waitFor('an empty spool', async () => (await stage.spooled()).length === 0);
  await stage.quiet();
  await from.channel.request('new_file', { name: 'other', size: 5, digest });
});
