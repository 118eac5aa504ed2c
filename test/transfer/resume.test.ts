import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { BULK_CHUNK_BYTES } from '../../src/protocol/limits.ts';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

test('a transfer that was cut resumes at the piece that is missing', async (t) => {
  const stage = new Stage(t);
  const bytes = content(5_000_000);
  const file = await stage.file('cut.zip', bytes);
  const first = stage.connect();
  first.from.end.faults.cutAfterBytes = 2_000_000;
  const cut = await outputOf(stage.sendFile(first.from, file));
  assert.equal(cut.outcome, 'failed');
  assert.equal(cut.failure?.code, 3103);
  await waitFor('the end of the other side', () => first.to.isClosed);
  await stage.quiet();
  const [part] = await stage.spooled();
  assert.equal(part, `${file.digest}.part`);
  const kept = (await readFile(join(stage.spool, part ?? ''))).length;
  assert.ok(kept > 1_000_000 && kept < 2_000_000, `${kept} bytes were kept`);

  const second = stage.connect();
  const output = await outputOf(stage.sendFile(second.from, file));
  assert.deepEqual(output, {
    outcome: 'done',
    bytesSent: bytes.length - kept,
    resumedFromBytes: kept,
    failure: null,
  });
  // What travelled is the missing part, and a few frames of little.
  const overhead = second.from.end.passedBytes - output.bytesSent;
  assert.ok(overhead > 0 && overhead < 2000, `${overhead} bytes beside the content`);
  assert.ok((await readFile(join(stage.spool, 'cut.zip'))).equals(bytes));
  assert.deepEqual(await stage.spooled(), ['cut.zip']);
});

test('a part is resumed under another name, since it is known by its content', async (t) => {
  const stage = new Stage(t);
  const bytes = content(600_000);
  const file = await stage.file('new-name', bytes);
  const { from } = stage.connect();
  await outputOf(stage.sendFile(from, await stage.file('makes-the-spool', content(1))));
  await writeFile(join(stage.spool, `${file.digest}.part`), bytes.subarray(0, 500_000));
  const output = await outputOf(stage.sendFile(from, file));
  assert.equal(output.outcome, 'done');
  assert.equal(output.resumedFromBytes, 500_000);
  assert.equal(output.bytesSent, 100_000);
});

test('a part that has all bytes is only verified', async (t) => {
  const stage = new Stage(t);
  const bytes = content(600_000);
  const file = await stage.file('whole', bytes);
  const { from } = stage.connect();
  await outputOf(stage.sendFile(from, await stage.file('makes-the-spool', content(1))));
  await writeFile(join(stage.spool, `${file.digest}.part`), bytes);
  const output = await outputOf(stage.sendFile(from, file));
  assert.deepEqual(output, { outcome: 'done', bytesSent: 0, resumedFromBytes: 600_000, failure: null });
});

test('a damaged part fails once with 3112, and the next attempt begins anew', async (t) => {
  const stage = new Stage(t);
  const bytes = content(600_000);
  const file = await stage.file('damaged', bytes);
  const { from } = stage.connect();
  await outputOf(stage.sendFile(from, await stage.file('makes-the-spool', content(1))));
  await writeFile(join(stage.spool, `${file.digest}.part`), content(500_000, 99));
  assert.equal((await outputOf(stage.sendFile(from, file))).failure?.code, 3112);
  await stage.quiet();
  const again = await outputOf(stage.sendFile(from, file));
  assert.equal(again.outcome, 'done');
  assert.equal(again.resumedFromBytes, 0);
});

test('a part that is longer than the file is begun anew', async (t) => {
  const stage = new Stage(t);
  const bytes = content(1000);
  const file = await stage.file('shorter', bytes);
  const { from } = stage.connect();
  await outputOf(stage.sendFile(from, await stage.file('makes-the-spool', content(1))));
  await writeFile(join(stage.spool, `${file.digest}.part`), content(2000));
  const output = await outputOf(stage.sendFile(from, file));
  assert.equal(output.outcome, 'done');
  assert.equal(output.bytesSent, 1000);
  assert.ok((await readFile(join(stage.spool, 'shorter'))).equals(bytes));
});

test('a new connection takes the part over from one that is just ending', async (t) => {
  const stage = new Stage(t);
  const bytes = content(4_000_000);
  const file = await stage.file('taken-over', bytes);
  const stale = stage.connect();
  const first = stage.sendFile(stale.from, file);
  await waitFor('some progress', () => first.getSnapshot().context.bytesSent > 0);
  stale.to.destroy();
  const fresh = stage.connect();
  const output = await outputOf(stage.sendFile(fresh.from, file));
  assert.equal(output.outcome, 'done');
  assert.ok(output.resumedFromBytes >= BULK_CHUNK_BYTES, `resumed from ${output.resumedFromBytes}`);
  assert.deepEqual(await stage.spooled(), ['taken-over']);
});

test('wherever and however often a transfer is cut, it ends with equal content, and no byte that was kept travels twice', async () => {
  const cut = fc.record({ cutAfterBytes: fc.integer({ min: 1, max: 1_600_000 }), atReceiver: fc.boolean() });
  const scenario = fc.record({
    sizeBytes: fc.integer({ min: 0, max: 1_500_000 }),
    cuts: fc.array(cut, { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ sizeBytes, cuts }) => {
      const stage = new Stage(null);
      try {
        await resumeThrough(stage, sizeBytes, cuts);
      } finally {
        stage.remove();
      }
    }),
    { numRuns: 40 },
  );
});

async function resumeThrough(
  stage: Stage,
  sizeBytes: number,
  cuts: { cutAfterBytes: number; atReceiver: boolean }[],
): Promise<void> {
  const bytes = content(sizeBytes);
  const file = await stage.file('cut', bytes);
  for (const { cutAfterBytes, atReceiver } of cuts) {
    const { from, to } = stage.connect();
    (atReceiver ? to : from).end.faults.cutAfterBytes = atReceiver ? cutAfterBytes % 400 : cutAfterBytes;
    const output = await outputOf(stage.sendFile(from, file));
    assert.ok(output.outcome === 'done' || output.failure?.code === 3103, JSON.stringify(output));
    from.destroy();
    await waitFor('the end of the other side', () => to.isClosed);
    await stage.quiet();
  }
  const { from } = stage.connect();
  const output = await outputOf(stage.sendFile(from, file));
  assert.equal(output.outcome, 'done');
  assert.equal(output.bytesSent + output.resumedFromBytes, sizeBytes);
  assert.ok((await readFile(join(stage.spool, 'cut'))).equals(bytes));
  assert.deepEqual(await stage.spooled(), ['cut']);
  assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
}
