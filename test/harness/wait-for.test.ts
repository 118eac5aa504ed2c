import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitFor } from './wait-for.ts';

describe('waiting for something', () => {
  for (const nothing of [null, undefined, false, 0, ''])
    it(`goes on while there is ${JSON.stringify(nothing) ?? nothing}`, async () => {
      const values = [nothing, nothing, 'something'];
      assert.equal(await waitFor('something', () => values.shift()), 'something');
      await assert.rejects(
        waitFor('what never comes', () => nothing, 1),
        /what never comes/,
      );
    });
});
