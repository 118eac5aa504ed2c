import assert from 'node:assert/strict';
import { packageLimitMachine } from '../../machines/integrity/package-limit.ts';
import { modelTest } from '../harness/model.ts';
import { count, lastEvent } from './trace.ts';

const MAX_BYTES = 1_000;
const MIN_BYTES = 100;

modelTest(packageLimitMachine, {
  input: {
    connectionId: 7,
    maxBytes: MAX_BYTES,
    minBytes: MIN_BYTES,
    tolerance: 0.2,
    receiveTimeoutMs: 10_000,
  },
  events: [
    { type: 'limit.exceeded', sentBytes: 800 },
    { type: 'limit.exceeded', sentBytes: 0 },
    { type: 'limit.sent', durationMs: 7_999 },
    { type: 'limit.sent', durationMs: 8_000 },
  ],
  key: ({ limitBytes }) => Math.round(limitBytes),
  invariants: {
    'the limit stays between min_zip_size and max_zip_size': ({ snapshot }) => {
      assert.ok(snapshot.context.limitBytes >= MIN_BYTES && snapshot.context.limitBytes <= MAX_BYTES);
    },
    'it falls below what was sent when it was too much, and rises only after fast transfers': (trace) => {
      const event = lastEvent(trace);
      const changed = trace.last.toParent.at(-1);
      if (event?.type === 'limit.exceeded') {
        assert.equal(changed?.limitBytes, Math.max(MIN_BYTES, event.sentBytes * 0.8));
      }
      if (event?.type === 'limit.sent' && event.durationMs >= 8_000) assert.equal(changed, undefined);
    },
    'every change is told and logged once': ({ all }) => {
      const told = all.toParent.filter(({ type }) => type === 'limit.changed').length;
      assert.equal(count(all, 'logLowered', 'logRaised'), told);
    },
    'full means the maximum': ({ snapshot }) => {
      assert.equal(snapshot.value === 'full', snapshot.context.limitBytes === MAX_BYTES);
    },
  },
});
