import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Faults } from '../../src/transport/memory.ts';
import { conversation, type Speaker, settle } from './speakers.ts';

const RUNS = 150;
const STEP_MS = 50;
const LONGEST_MS = 1_000;

const faults: fc.Arbitrary<Faults> = fc.record(
  {
    cutAtByte: fc.integer({ min: 0, max: 3_000 }),
    freezeAtByte: fc.integer({ min: 0, max: 3_000 }),
    maxChunkBytes: fc.integer({ min: 1, max: 300 }),
    delayMs: fc.integer({ min: 0, max: 300 }),
  },
  { requiredKeys: [] },
);

const deed = fc.record({
  from: fc.constantFrom('client' as const, 'server' as const),
  kind: fc.constantFrom('echo' as const, 'unanswered' as const, 'bulk' as const),
  sizeBytes: fc.integer({ min: 0, max: 600 }),
  timeoutMs: fc.integer({ min: 1, max: LONGEST_MS }),
  abortAtStep: fc.option(fc.integer({ min: 0, max: 10 })),
});
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** One request, and how often it ended. */
function begin({ channel }: Speaker, { kind, sizeBytes, timeoutMs }: Deed, signal: AbortSignal) {
  const outcome: { ends: number; code: number | null } = { ends: 0, code: null };
  const data = 'x'.repeat(sizeBytes);
  const options = { timeoutMs, signal };
  const promise =
    kind === 'echo'
      ? channel.request('echo', { data }, options).then((reply) => assert.equal(reply.data, data))
      : kind === 'unanswered'
        ? channel.request('syn_i_w_m', {}, options).then(() => assert.fail('nobody answers this'))
        : channel.sendBulk('file_upd', 1, 0, Buffer.from(data), options);
  promise.then(
    () => {
      outcome.ends += 1;
    },
    (error) => {
      outcome.ends += 1;
      outcome.code = error.code;
    },
  );
  return outcome;
}

test('whatever happens to the connection, every request has exactly one outcome, and every channel closes once', async () => {
  await fc.assert(
    fc.asyncProperty(
      faults,
      faults,
      fc.array(deed, { minLength: 1, maxLength: 12 }),
      fc.option(fc.integer({ min: 0, max: 10 })),
      async (clientToServer, serverToClient, deeds, closeAtStep) => {
        const { clock, client, server } = conversation({ clientToServer, serverToClient });
        const sides = { client, server };
        for (const { channel } of [client, server]) channel.openBulk('file_upd', 1, async () => {});
        const controllers = deeds.map(() => new AbortController());
        const outcomes = deeds.map((one, i) =>
          begin(sides[one.from], one, (controllers[i] as AbortController).signal),
        );
        for (let step = 0; step <= LONGEST_MS / STEP_MS; step += 1) {
          for (const [i, { abortAtStep }] of deeds.entries())
            if (abortAtStep === step) controllers[i]?.abort();
          if (closeAtStep === step) client.channel.close();
          await settle();
          clock.increment(STEP_MS);
        }
        await settle();
        for (const [i, { ends, code }] of outcomes.entries()) {
          assert.equal(ends, 1, `request ${i} ended ${ends} times`);
          assert.ok([null, 3020, 3103, 3120].includes(code), `request ${i} ended with ${code}`);
        }
        client.channel.destroy(null);
        server.channel.destroy(null);
        await settle();
        assert.deepEqual([client.closes.length, server.closes.length], [1, 1]);
      },
    ),
    { numRuns: RUNS, seed: 20_261_123 },
  );
});
