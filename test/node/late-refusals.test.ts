import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../../src/node/channel.ts';
import { LateRefusals } from '../../src/node/dapi/late-refusals.ts';
import { MAX_LATE_REFUSALS } from '../../src/node/dapi/limits.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { waitFor } from '../harness/wait-for.ts';

const REFUSAL = new MusterError(3109, 'it is not served');

/** A node that looks at no error in an answer, and takes what it is told when `goOn` is called. */
function deafPeer() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const said: string[] = [];
  const channel = {
    id: 7,
    traits: { hearsRefusals: false, hearsFailures: true },
    reply: (_counter: number, args: { id?: string }) => said.push(`reply ${args.id ?? ''}`.trim()),
    noteRefused: () => {},
    request: async (command: string) => {
      await promise;
      said.push(command);
    },
  } as unknown as Channel;
  const refusals = new LateRefusals({
    nodeName: 'worker1',
    timeoutMs: 1_000,
    log: () => assert.fail('all are told'),
    inTurn: (_, say) => say(),
  });
  return { channel, refusals, said, goOn: resolve };
}

test('a refusal of what a node asks for others is answered first, and told behind that', async () => {
  const { channel, refusals, said, goOn } = deafPeer();
  assert.equal(refusals.take(channel, 1, { command: 'dapi', id: 'client1' }, REFUSAL), true);
  assert.equal(refusals.take(channel, 2, { command: 'sendsync', id: 'client2' }, REFUSAL), true);
  assert.deepEqual(said, ['reply client1', 'reply']);
  goOn();
  await waitFor('both to be told', () => said.length === 4);
  assert.deepEqual(said.slice(2), ['dapi_err', 'sendsyn_err']);
});

test('a node that takes nothing of what it is told has so many refusals waiting, and no more', async () => {
  const { channel, refusals, said, goOn } = deafPeer();
  for (let counter = 0; counter < MAX_LATE_REFUSALS; counter += 1)
    assert.equal(
      refusals.take(channel, counter, { command: 'sendsync', id: `client${counter}` }, REFUSAL),
      true,
    );
  assert.equal(refusals.take(channel, 5_000, { command: 'sendsync', id: 'one more' }, REFUSAL), false);
  goOn();
  await waitFor('all to be told', () => said.length === 2 * MAX_LATE_REFUSALS);
  assert.equal(refusals.take(channel, 5_001, { command: 'sendsync', id: 'another' }, REFUSAL), true);
});
