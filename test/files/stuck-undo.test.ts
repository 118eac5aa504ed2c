import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UNDO_FILE } from '../../src/files/journal.ts';
import { realFileSystem } from '../../src/files/ports.ts';
import { recover } from '../../src/files/recover.ts';
import type { MusterError } from '../../src/protocol/errors.ts';
import { filesConfig, Home } from './fixture.ts';
import { play, roundBetween } from './round.ts';
import { getStuck, makeWay, NEW, OLD } from './stuck-undo.ts';

/** What the undoing of a set says that cannot go on. */
async function refusalIn(home: Home): Promise<MusterError> {
  return await recover(home.path, filesConfig).then(
    () => assert.fail('it was undone'),
    (error) => error,
  );
}

test('a set that cannot be undone is told with the file, with what is in its way, and with where its old content is', async () => {
  using home = new Home(OLD);
  await getStuck(home);
  const { code, message } = await refusalIn(home);
  assert.equal(code, 3128);
  assert.match(message, /ENOTEMPTY.*etc\/rules\/a/);
  const [kept = ''] = /\/\S+\/kept\/\d+/.exec(message.slice(message.indexOf('What belongs there'))) ?? [];
  assert.equal(realFileSystem.read(kept).toString(), 'old a');
});

test('it is undone as soon as nothing is in the way, however often it was tried before', async () => {
  using home = new Home(OLD);
  await getStuck(home);
  for (let tries = 0; tries < 3; tries += 1) assert.equal((await refusalIn(home)).code, 3128);
  makeWay(home);
  assert.partialDeepStrictEqual(await recover(home.path, filesConfig), { completed: false, discarded: true });
  assert.deepEqual(home.read(), OLD);
  assert.equal(existsSync(join(home.path, UNDO_FILE)), false);
});

test('somebody may put the file back instead, as the error says', async () => {
  using home = new Home(OLD);
  await getStuck(home);
  const { message } = await refusalIn(home);
  const [kept = ''] = /\/\S+\/kept\/\d+/.exec(message.slice(message.indexOf('What belongs there'))) ?? [];
  makeWay(home);
  renameSync(kept, join(home.path, 'etc/rules/a'));
  await recover(home.path, filesConfig);
  assert.deepEqual(home.read(), OLD);
});

test('until then no other set is applied: its manifest would lead away from a mixture', async () => {
  using home = new Home(OLD);
  await getStuck(home);
  makeWay(home);
  const mixture = home.read();
  // What the master sends to a worker that was found like this.
  const round = await roundBetween(mixture, NEW);
  assert.throws(() => play(round, home, realFileSystem), { code: 3128 });
  assert.deepEqual(home.read(), mixture);
  await recover(home.path, filesConfig);
  assert.deepEqual(home.read(), OLD);
});
