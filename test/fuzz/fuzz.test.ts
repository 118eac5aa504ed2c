import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import { campaign, failureOf } from './campaign.ts';
import { regressions } from './corpus.ts';
import { mutate } from './mutate.ts';
import { shrink } from './shrink.ts';
import { readOrRefuseNow, type Target } from './target.ts';
import { targets } from './targets.ts';

/** For each target; `npm run fuzz` takes longer. */
const SHORT_MS = 500;
const MIN_INPUTS = 100;
const SEED = Number(process.env.MUSTER_SEED ?? 1);

for (const target of targets) {
  describe(`whatever the ${target.name} reads, it takes or refuses with a code of ours`, () => {
    for (const [name, input] of regressions(target.name)) {
      test(`what once failed does not fail again: ${name}`, async () => {
        assert.equal(await failureOf(target, input), null);
      });
    }

    test('all samples', async () => {
      for (const input of await target.samples()) assert.equal(await failureOf(target, input), null);
    });

    test(`mutated and generated inputs for ${SHORT_MS} ms`, async () => {
      const { failure } = await campaign({ target, seed: SEED, timeMs: SHORT_MS, minInputs: MIN_INPUTS });
      const shown = failure && Buffer.from(failure.input).toString('base64');
      assert.equal(failure, null, `seed ${SEED}, base64 ${shown}: ${failure?.error.stack}`);
    });
  });
}

/** A reader with a fault: it fails on the third byte of anything that holds an `x`. */
const faulty: Target = {
  ...(targets[0] as Target),
  name: 'faulty',
  samples: async () => [Buffer.from('abcdefgh')],
  run: (input) => {
    if (input.includes(0x78) && input.length > 2) throw new TypeError('a fault of the reader');
  },
};

test('a fault is found, and what shows it is made small', async () => {
  const { failure } = await campaign({ target: faulty, seed: 1, timeMs: 20_000 });
  assert.match(failure?.error.message ?? '', /a fault of the reader/);
  assert.deepEqual(
    [...(failure?.input ?? [])].toSorted((a, b) => a - b),
    [0, 0, 0x78],
  );
});

test('the same seed gives the same inputs', async () => {
  const seen = async () => {
    const inputs: string[] = [];
    const onInput = (input: Uint8Array) => {
      if (inputs.length < 200) inputs.push(Buffer.from(input).toString('hex'));
    };
    await campaign({ target: { ...faulty, run: () => {} }, seed: 7, timeMs: 0, minInputs: 200, onInput });
    return inputs;
  };
  const [one, two] = [await seen(), await seen()];
  assert.equal(one.length, 200);
  assert.deepEqual(one, two);
});

test('mutations leave what they mutate alone', () => {
  const input = Buffer.from('abcdefgh');
  for (let i = 0; i < 500; i += 1) mutate(input, input, () => (i * 0.618) % 1);
  assert.equal(input.toString(), 'abcdefgh');
});

test('a refusal without a code of ours, with the wrong one, or without a word is a failure', () => {
  const refuse = (error: Error) => () =>
    readOrRefuseNow([3100], () => {
      throw error;
    });
  assert.throws(refuse(new RangeError('out of range')), RangeError);
  assert.throws(refuse(new MusterError(3112, 'another')), /refused with 3112/);
  assert.throws(refuse(new MusterError(3100)), /without a detail/);
  assert.equal('refused' in refuse(new MusterError(3100, 'this'))(), true);
});

test('shrinking ends with the whole input if every part of it matters', async () => {
  const input = Uint8Array.from([1, 2, 3]);
  assert.deepEqual(await shrink(input, async (candidate) => candidate.join() === '1,2,3'), input);
});
