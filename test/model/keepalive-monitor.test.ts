import assert from 'node:assert/strict';
import { keepaliveMonitorMachine } from '../../machines/connection/keepalive-monitor.ts';
import { modelTest } from '../harness/model.ts';
import { count } from './trace.ts';

modelTest(keepaliveMonitorMachine, {
  input: { connectionId: 7, maxSilenceMs: 1_000 },
  events: [{ type: 'keepalive.heard' }],
  deadlinesMs: { hearing: 1_000 },
  invariants: {
    'silence ends it, with one line in the log, and nothing else does': ({ events, all, snapshot }) => {
      const isSilent = events.at(-1)?.type.startsWith('xstate.after.') === true;
      assert.equal(snapshot.status, isSilent ? 'done' : 'active');
      assert.equal(count(all, 'logSilent'), isSilent ? 1 : 0);
    },
  },
});
