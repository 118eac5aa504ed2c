import assert from 'node:assert/strict';
import { readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAX_UNTOLD_PROGRESS_BYTES, WINDOW_BYTES } from '../../src/node/transfers/limits.ts';
import { BULK_CHUNK_BYTES } from '../../src/protocol/limits.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

for (const sizeBytes of [0, 1, BULK_CHUNK_BYTES - 1, BULK_CHUNK_BYTES, BULK_CHUNK_BYTES + 1, 9_000_001]) {
  test(`a file of ${sizeBytes} bytes arrives whole, under its name`, async (t) => {
    const stage = new Stage(t);
    const { from, to } = stage.connect();
    const bytes = content(sizeBytes);
    const file = await stage.file('rules.zip', bytes);
    const output = await outputOf(stage.sendFile(from, file));
    assert.deepEqual(output, { outcome: 'done', bytesSent: sizeBytes, resumedFromBytes: 0, failure: null });
    assert.ok((await readFile(join(stage.spool, 'rules.zip'))).equals(bytes));
    assert.deepEqual(await stage.spooled(), ['rules.zip']);
    const received = to.reports.filter(({ type }) => type !== 'transfer.progress');
    assert.deepEqual(received, [
      {
        type: 'transfer.received',
        handle: 1,
        name: 'rules.zip',
        file: join(stage.spool, 'rules.zip'),
        sizeBytes,
      },
    ]);
    await stage.quiet();
    assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
  });
}

test('pieces travel side by side, and never more than one window of them', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const { channel } = from;
  const original = channel.sendBulk.bind(channel);
  let underWay = 0;
  let most = 0;
  channel.sendBulk = async (command, handle, offset, data, options) => {
    underWay += data.length;
    most = Math.max(most, underWay);
    const isFree = await original(command, handle, offset, data, options);
    underWay -= data.length;
    return isFree;
  };
  const files = await Promise.all([1, 2, 3].map((seed) => stage.file(`f${seed}`, content(6_000_000, seed))));
  const outputs = await Promise.all(files.map((file) => outputOf(stage.sendFile(from, file))));
  assert.deepEqual(
    outputs.map(({ outcome }) => outcome),
    ['done', 'done', 'done'],
  );
  assert.ok(most > BULK_CHUNK_BYTES, `${most} bytes at once`);
  assert.ok(most <= WINDOW_BYTES, `${most} bytes at once`);
});

test('progress of a fast line is told before its time, with each window of bytes: no more than that is ever untold', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const windows = 3;
  await outputOf(stage.sendFile(from, await stage.file('fast', content(windows * WINDOW_BYTES))));
  const told = from.side.progress;
  // The first piece, since it is the first; then window by window, while no time passes; and the whole.
  assert.equal(told.length, windows + 1);
  for (const [index, bytes] of told.entries())
    assert.ok(bytes - (told[index - 1] ?? 0) <= MAX_UNTOLD_PROGRESS_BYTES + BULK_CHUNK_BYTES, told.join());
});

test('the same content may be sent twice at once, also under one name', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const bytes = content(3_000_000);
  const file = await stage.file('same.bin', bytes);
  const outputs = await Promise.all([1, 2, 3].map(() => outputOf(stage.sendFile(from, file))));
  assert.deepEqual(
    outputs.map(({ outcome }) => outcome),
    ['done', 'done', 'done'],
  );
  assert.deepEqual(await stage.spooled(), ['same.bin']);
  assert.ok((await readFile(join(stage.spool, 'same.bin'))).equals(bytes));
  await stage.quiet();
});

test('a file that does not exist is refused before anything is sent', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const file = await stage.file('gone', content(10));
  await rm(file.path);
  const output = await outputOf(stage.sendFile(from, file));
  assert.equal(output.outcome, 'failed');
  assert.equal(output.failure?.code, 3034);
  assert.equal(from.end.passedBytes, 0);
  assert.deepEqual(to.reports, []);
});

test('a file of another size than was said is refused before anything is sent', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const file = await stage.file('grown', content(10));
  const output = await outputOf(stage.sendFile(from, { ...file, sizeBytes: 9 }));
  assert.equal(output.failure?.code, 3119);
  assert.equal(from.end.passedBytes, 0);
  await stage.quiet();
});

test('a file that becomes shorter while it is being sent fails on both sides, and is closed', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const file = await stage.file('shrinks', content(20_000_000));
  const sending = stage.sendFile(from, file);
  await waitFor('some progress', () => sending.getSnapshot().context.bytesSent > 0);
  await truncate(file.path, 1000);
  const output = await outputOf(sending);
  assert.equal(output.outcome, 'failed');
  assert.equal(output.failure?.code, 3119);
  await waitFor('the failure at the receiver', () =>
    to.reports.some(({ type }) => type === 'transfer.failed'),
  );
  await stage.quiet();
});

test('a file that is unlinked while it is being sent arrives whole', async (t) => {
  const stage = new Stage(t);
  const { from } = stage.connect();
  const bytes = content(9_000_000);
  const file = await stage.file('unlinked', bytes);
  const sending = stage.sendFile(from, file);
  await waitFor('some progress', () => sending.getSnapshot().context.bytesSent > 0);
  await rm(file.path);
  assert.equal((await outputOf(sending)).outcome, 'done');
  assert.ok((await readFile(join(stage.spool, 'unlinked'))).equals(bytes));
});

test('a file whose content is not what was announced fails with 3112, and nothing of it stays', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const file = await stage.file('changed', content(1_000_000));
  const other = await stage.file('other', content(5, 9));
  const output = await outputOf(stage.sendFile(from, { ...file, digest: other.digest }));
  assert.equal(output.outcome, 'failed');
  assert.equal(output.failure?.code, 3112);
  await stage.quiet();
  assert.deepEqual(await stage.spooled(), []);
  assert.equal(to.reports.at(-1)?.type, 'transfer.failed');
});

test('every transfer is logged once, with what came of it', async (t) => {
  const stage = new Stage(t);
  const { from, to } = stage.connect();
  const file = await stage.file('logged', content(1000));
  await outputOf(stage.sendFile(from, file));
  const common = { subject: 'logged', outcome: 'done', sizeBytes: 1000, durationMs: 0, failure: null };
  assert.deepEqual(stage.sender.records, [
    { ...common, connectionId: from.id, kind: 'file-send', movedBytes: 1000 },
  ]);
  assert.deepEqual(stage.receiver.records, [
    { ...common, connectionId: to.id, kind: 'file-receive', movedBytes: null },
  ]);
});

test('files and strings travel over a real socket at once', async (t) => {
  const stage = new Stage(t);
  const accepted = Promise.withResolvers<Connection>();
  const listening = await new TcpTransport({ host: '127.0.0.1', port: 0 }).listen({
    onConnection: accepted.resolve,
    onRejected: (_, error) => accepted.reject(error),
    onError: accepted.reject,
  });
  t.after(() => listening.close());
  const port = Number(listening.address.split(':').at(-1));
  const connection = await new TcpTransport({ host: '127.0.0.1', port }).connect({ timeoutMs: 5000 });
  const from = stage.sender.connect(connection);
  const to = stage.receiver.connect(await accepted.promise);
  t.after(() => from.destroy());
  const bytes = content(12_000_001);
  const text = content(3_000_001, 2);
  const file = stage.sendFile(from, await stage.file('over-tcp', bytes));
  const string = stage.sendString(from, await stage.sender.transfers.outbox.post(text));
  assert.equal((await outputOf(file)).outcome, 'done');
  const { handle } = await outputOf(string);
  assert.ok((await readFile(join(stage.spool, 'over-tcp'))).equals(bytes));
  assert.ok(text.equals(stage.receiver.transfers.strings.take(to.id, handle ?? 0)));
});
