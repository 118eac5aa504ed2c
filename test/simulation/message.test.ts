import assert from 'node:assert/strict';
import { it } from 'node:test';
import { copyOfMessage } from '../../src/sim/message.ts';

it('a message is copied as structuredClone copies it', () => {
  const messages = [
    null,
    undefined,
    1n,
    'text',
    [1, [2, undefined], { three: 3 }],
    { id: 1, result: { paths: ['a'], sizes: new Float64Array([1, 2]), left: undefined, at: new Date(0) } },
    new Map([[1, new Set(['a'])]]),
  ];
  for (const message of messages) {
    const copy = copyOfMessage(message);
    assert.deepEqual(copy, structuredClone(message));
    if (typeof message === 'object' && message !== null) assert.notEqual(copy, message);
  }
});

it('what is sent does not change with what is kept', () => {
  const message = { list: [1], numbers: new Uint8Array([1]) };
  const copy = copyOfMessage(message) as typeof message;
  message.list.push(2);
  message.numbers[0] = 2;
  assert.deepEqual(copy, { list: [1], numbers: new Uint8Array([1]) });
});

it('what threads cannot be sent is refused', () => {
  for (const message of [() => {}, { task: () => {} }, [Symbol('a')]])
    assert.throws(() => copyOfMessage(message), { name: 'DataCloneError' });
});
