import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeChunkString, encodeChunks } from '../../../src/node/effects/agent-chunks.ts';
import { recorded } from '../../protocol/wazuh4/recorded.ts';
import { readOrRefuse, type Target } from '../target.ts';

const CODES = [3036];

const string = fc.record({
  set_data_command: fc.constantFrom('global sync-agent-info-set', 'global set-agent-groups'),
  payload: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
  chunks: fc.array(fc.string({ unit: 'binary', maxLength: 120 })),
});

/** The chunks, of which each is read when its turn comes. */
async function whole(bytes: Uint8Array) {
  const { chunks, ...others } = await decodeChunkString(bytes);
  return { ...others, chunks: [...chunks] };
}

/** A string of agent data: what is taken is written and read as the same, or refused. */
export const agentChunksTarget: Target = {
  name: 'agent-chunks',
  maxMemoryBytes: 32 * 1024 * 1024,
  samples: async () =>
    recorded
      .filter(([scenario]) => scenario.startsWith('agent_'))
      .flatMap(([, frames]) => frames)
      .filter(({ cmd }) => cmd.startsWith('str_upd'))
      .map(({ plain = '' }) => Buffer.from(plain.slice(plain.indexOf(' ') + 1))),
  generated: fc.oneof(
    string.map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 200 }),
  ),
  async run(bytes) {
    const outcome = await readOrRefuse(CODES, () => whole(bytes));
    if ('refused' in outcome) return;
    const again = await whole(await encodeChunks(outcome.result));
    assert.deepEqual(again, outcome.result, 'what was taken is written and read as the same');
  },
};
