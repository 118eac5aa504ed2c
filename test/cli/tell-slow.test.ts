import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellSlow } from '../../src/cli/tell-slow.ts';

test('what takes long is told once, on standard error; what does not, or fails, is not', async (t) => {
  const write = t.mock.method(process.stderr, 'write', () => true);
  const told = () => write.mock.calls.map(({ arguments: [text] }) => String(text));
  assert.equal(await tellSlow('it', 5_000, Promise.resolve('done')), 'done');
  await assert.rejects(tellSlow('it', 5_000, Promise.reject(new Error('failed'))), { message: 'failed' });
  assert.deepEqual(told(), []);
  const slow = Promise.withResolvers<string>();
  const waiting = tellSlow('it', 5_000, slow.promise, 1);
  while (told().length === 0) await new Promise((resolve) => setImmediate(resolve));
  slow.resolve('late');
  assert.equal(await waiting, 'late');
  assert.deepEqual(told(), ['muster: Waiting for it, for at most 5 s.\n']);
});
