import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { content, outputOf, Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

const part = (digit: string) => `${digit.repeat(128)}.part`;

test('where the disk is full, parts that nobody wants go; wanted ones, complete files and what is arriving stay', async (t) => {
  const stage = new Stage(t);
  await mkdir(stage.spool, { recursive: true });
  for (const name of [part('a'), part('b'), 'complete.zip'])
    await writeFile(join(stage.spool, name), content(100));
  const { from } = stage.connect();
  const file = await stage.file('arriving', content(3_000_000));
  from.end.faults.isFrozen = true;
  const sending = stage.sendFile(from, file);
  from.end.faults.isFrozen = false;
  await waitFor('its part', async () => (await stage.spooled()).includes(`${file.digest}.part`));
  const wanted = join(stage.spool, part('b'));
  const removed = await stage.receiver.transfers.dropParts(stage.spool, (path) => path === wanted);
  assert.deepEqual(removed, [join(stage.spool, part('a'))]);
  assert.equal((await outputOf(sending)).outcome, 'done');
  assert.deepEqual(await stage.spooled(), ['arriving', part('b'), 'complete.zip'].sort());
});
