import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DialectMemory, noteGreeting } from '../../src/node/wazuh4/dialect-memory.ts';
import { MusterError } from '../../src/protocol/errors.ts';

const after = async (greeting: Promise<unknown>) => {
  const memory = new DialectMemory();
  noteGreeting(memory, 'wazuh4', greeting);
  await greeting.catch(() => {});
  return [memory.greeted, memory.lastUnanswered];
};

it('a master that answers hello, or refuses it, speaks what it was spoken to in', async () => {
  assert.deepEqual(await after(Promise.resolve({})), ['wazuh4', null]);
  assert.deepEqual(await after(Promise.reject(new MusterError(3031))), ['wazuh4', null]);
});

it('one that closes before it has answered may speak something else', async () => {
  assert.deepEqual(await after(Promise.reject(new MusterError(3103))), [null, 'wazuh4']);
});

it('one that is frozen says nothing about what it speaks, and neither does a worker that has given up', async () => {
  for (const code of [3020, 3120])
    assert.deepEqual(await after(Promise.reject(new MusterError(code))), [null, null]);
});
