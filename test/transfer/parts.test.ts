import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createActor, fromCallback, SimulatedClock, setup } from 'xstate';
import type { TransferReport } from '../../machines/transfer/transfers.ts';
import { transfersMachine } from '../../machines/transfer/transfers.ts';
import { NOTHING } from '../../src/node/transfers/amount.ts';
import { pruneSpool } from '../../src/node/transfers/prune.ts';
import { SendWindow } from '../../src/node/transfers/window.ts';
import { WriteQueue } from '../../src/node/transfers/write-queue.ts';

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'muster-transfer-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** So much may stay of what processes wait for, and nothing of what somebody sends. */
const only = (files: number, bytes: number) => ({ process: { files, bytes }, sent: NOTHING });

async function aged(directory: string, name: string, sizeBytes: number, ageMs: number, nowMs: number) {
  await writeFile(join(directory, name), Buffer.alloc(sizeBytes));
  const modified = new Date(nowMs - ageMs);
  await utimes(join(directory, name), modified, modified);
}

test('pruning removes what is too old, then the oldest until the rest fits', async (t) => {
  const directory = temporary(t);
  const nowMs = 1_700_000_000_000;
  await aged(directory, 'ancient', 1, 10_000, nowMs);
  await aged(directory, 'old.part', 500, 3000, nowMs);
  await aged(directory, 'young.part', 500, 2000, nowMs);
  await aged(directory, 'new', 400, 1000, nowMs);
  await mkdir(join(directory, 'subdirectory'));
  const removed = await pruneSpool(directory, { allowed: only(9, 900), maxAgeMs: 5000, nowMs });
  assert.deepEqual(
    removed.map((path) => path.slice(directory.length + 1)),
    ['ancient', 'old.part'],
  );
  assert.deepEqual((await readdir(directory)).sort(), ['new', 'subdirectory', 'young.part']);
});

test('pruning removes the oldest until there are few enough, however small they are', async (t) => {
  const directory = temporary(t);
  const nowMs = 1_700_000_000_000;
  for (const [i, name] of ['oldest', 'older', 'old'].entries())
    await aged(directory, name, 0, 3000 - i * 1000, nowMs);
  await pruneSpool(directory, { allowed: only(2, 900), maxAgeMs: 5000, nowMs });
  assert.deepEqual((await readdir(directory)).sort(), ['old', 'older']);
});

test('pruning counts what somebody sends apart from what processes wait for', async (t) => {
  const directory = temporary(t);
  const nowMs = 1_700_000_000_000;
  for (const [i, name] of ['sent-old', 'list', 'sent-b.part', 'sent-c'].entries())
    await aged(directory, name, 400, 4000 - i * 1000, nowMs);
  const allowed = { process: { files: 1, bytes: 400 }, sent: { files: 2, bytes: 800 } };
  await pruneSpool(directory, { allowed, maxAgeMs: 5000, nowMs });
  assert.deepEqual((await readdir(directory)).sort(), ['list', 'sent-b.part', 'sent-c']);
});

test('pruning leaves alone what is in use, and complete files where only parts may go', async (t) => {
  const directory = temporary(t);
  const nowMs = 1_700_000_000_000;
  for (const name of ['complete', 'used.part', 'idle.part']) await aged(directory, name, 10, 9000, nowMs);
  await pruneSpool(directory, {
    allowed: only(0, 0),
    maxAgeMs: 1,
    nowMs,
    partsOnly: true,
    isActive: (path) => path.endsWith('used.part'),
  });
  assert.deepEqual((await readdir(directory)).sort(), ['complete', 'used.part']);
});

test('a spool that does not exist is a spool without files', async (t) => {
  const directory = join(temporary(t), 'nothing');
  assert.deepEqual(await pruneSpool(directory, { allowed: only(0, 0), maxAgeMs: 0, nowMs: 0 }), []);
});

test('a window serves in order, also when a small one could pass a large one', async () => {
  const window = new SendWindow(100);
  const { signal } = new AbortController();
  const order: string[] = [];
  await window.take(80, signal);
  const large = window.take(50, signal).then(() => order.push('large'));
  const small = window.take(10, signal).then(() => order.push('small'));
  await Promise.resolve();
  assert.deepEqual(order, []);
  window.give(80);
  await Promise.all([large, small]);
  assert.deepEqual(order, ['large', 'small']);
  assert.equal(window.takenBytes, 60);
});

test('who gives up waiting for the window lets the next one pass', async () => {
  const window = new SendWindow(100);
  const giving = new AbortController();
  const { signal } = new AbortController();
  await window.take(80, signal);
  const large = window.take(50, giving.signal);
  const small = window.take(10, signal);
  giving.abort();
  await assert.rejects(large, { code: 3120 });
  await small;
  assert.equal(window.takenBytes, 90);
  await assert.rejects(window.take(1, giving.signal), { code: 3120 });
});

test('pieces that arrive during a write are written in order, and the budget is free afterwards', async (t) => {
  const path = join(temporary(t), 'queue');
  const file = await open(path, 'w');
  const budget = { maxBytes: 1_000_000, pendingBytes: 0 };
  const queue = new WriteQueue(file, path, 0, 3000, budget);
  const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251));
  const writes = [0, 1, 2].map((part) =>
    queue.write(part * 1000, bytes.subarray(part * 1000, (part + 1) * 1000)),
  );
  assert.ok(budget.pendingBytes >= 3000);
  await Promise.all(writes);
  await queue.drained();
  assert.equal(budget.pendingBytes, 0);
  assert.equal(queue.writtenBytes, 3000);
  await file.close();
  assert.ok((await readFile(path)).equals(bytes));
});

test('after a failed write every piece is refused with 3119, and the budget is free', async (t) => {
  const path = join(temporary(t), 'queue');
  const file = await open(path, 'w');
  await file.close();
  const budget = { maxBytes: 1_000_000, pendingBytes: 0 };
  const queue = new WriteQueue(file, path, 0, 3000, budget);
  const writes = [0, 10, 20].map((offset) => queue.write(offset, new Uint8Array(10)));
  for (const write of writes) await assert.rejects(write, { code: 3119 });
  await assert.rejects(queue.write(30, new Uint8Array(10)), { code: 3119 });
  assert.equal(budget.pendingBytes, 0);
});

test('a full disk is told as that, with the path and what to do', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const file = { writev: () => Promise.reject(full) } as unknown as FileHandle;
  const queue = new WriteQueue(file, '/spool/part', 0, 10, { maxBytes: 1_000_000, pendingBytes: 0 });
  await assert.rejects(queue.write(0, new Uint8Array(10)), {
    code: 3119,
    message: /: \/spool\/part: the disk is full: make room \(ENOSPC\)$/,
  });
});

test('a child that crashes frees its place, and the parent hears of it', () => {
  const reports: TransferReport[] = [];
  const crashing = fromCallback(() => {
    throw new Error('broken by the test');
  });
  const transfers = transfersMachine.provide({
    actors: {
      fileReceive: crashing as never,
      heldStrings: fromCallback<{ type: 'none' }, { connectionId: number }>(() => {}),
    },
  });
  const host = createActor(
    setup({ types: { events: {} as TransferReport }, actors: { transfers } }).createMachine({
      invoke: {
        id: 'transfers',
        src: 'transfers',
        input: { connectionId: 1, progressTimeoutMs: 1000, maxIncoming: 1 },
      },
      on: { '*': { actions: ({ event }) => reports.push(event) } },
    }),
    { clock: new SimulatedClock() },
  ).start();
  const announcement = {
    type: 'rx.new_file',
    counter: 1,
    name: 'file',
    size: 1,
    digest: 'ab'.repeat(64),
  } as const;
  host.getSnapshot().children.transfers?.send(announcement as never);
  host.getSnapshot().children.transfers?.send(announcement as never);
  const failure = { code: 1000, message: 'broken by the test' };
  assert.deepEqual(reports, [
    { type: 'transfer.failed', handle: 1, name: 'file', failure },
    { type: 'transfer.failed', handle: 2, name: 'file', failure },
  ]);
});
