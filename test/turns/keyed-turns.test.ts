import assert from 'node:assert/strict';
import test from 'node:test';
import { KeyedTurns } from '../../src/keyed-turns.ts';
import { waitFor } from '../harness/wait-for.ts';

test('so many are under way for one key; the others follow in their order, also after one that failed', async () => {
  const turns = new KeyedTurns<number>({ atOnce: 2 });
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const send = (key: number, name: string) =>
    turns.run(key, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => ends.set(name, { resolve, reject }));
    });
  const sent = ['a', 'b', 'c', 'd'].map((name) => send(1, name));
  const other = send(2, 'other');
  assert.equal(begun.length, 0, 'not in the same call');
  await waitFor('all that have room', () => begun.length === 3 || null);
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
  assert.deepEqual([turns.isTaken(1), turns.isTaken(2)], [false, false]);
  // All places are free again.
  const [e, f] = [send(1, 'e'), send(1, 'f')];
  await waitFor('both', () => begun.slice(-2).join() === 'e,f' || null);
  for (const end of ends.values()) end.resolve('');
  await Promise.all([e, f]);
});
