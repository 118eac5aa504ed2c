import assert from 'node:assert/strict';
import test from 'node:test';
import { Unconfirmed } from '../../src/node/dapi/unconfirmed.ts';
import { waitFor } from '../harness/wait-for.ts';

test('so many are under way over one connection; the others follow in their order, also after one that failed', async () => {
  const unconfirmed = new Unconfirmed(2);
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const send = (connectionId: number, name: string) =>
    unconfirmed.send(connectionId, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => ends.set(name, { resolve, reject }));
    });
  const sent = ['a', 'b', 'c', 'd'].map((name) => send(1, name));
  const other = send(2, 'other');
  assert.deepEqual(begun, ['a', 'b', 'other']);

  ends.get('b')?.reject(new Error('lost'));
  await assert.rejects(sent[1] as Promise<string>, /lost/);
  await waitFor('the third', () => begun.includes('c') || null);
  assert.deepEqual(begun, ['a', 'b', 'other', 'c']);
  ends.get('a')?.resolve('first');
  assert.equal(await sent[0], 'first');
  await waitFor('the fourth', () => begun.includes('d') || null);

  for (const end of ends.values()) end.resolve('');
  await Promise.all([sent[2], sent[3], other]);
  // All places are free again.
  const [e, f] = [send(1, 'e'), send(1, 'f')];
  assert.deepEqual(begun.slice(-2), ['e', 'f']);
  for (const end of ends.values()) end.resolve('');
  await Promise.all([e, f]);
});
