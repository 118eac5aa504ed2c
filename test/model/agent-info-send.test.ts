import assert from 'node:assert/strict';
import { agentInfoSendMachine, MAX_KEPT_ERRORS } from '../../machines/agent-info/send.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const several = { rows: 500, chunks: 3, lastId: 500, isLast: true };
const first = { rows: 500, chunks: 3, lastId: 500, isLast: false };
const single = { rows: 100, chunks: 1, lastId: 100, isLast: true };
const nothing = { rows: 0, chunks: 0, lastId: 0, isLast: true };
const posted = { outboxId: 1, sizeBytes: 9, digest: 'd'.repeat(128), progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', handle: 5, bytesSent: 9, failure: null };

/** Whether the last thing that happened before the last event is that the master took the string. */
const hasBegun = ({ events }: { events: readonly { type: string }[] }) =>
  events.at(-2)?.type === 'xstate.done.actor.begin';

const model: Model<typeof agentInfoSendMachine> = {
  input: { connectionId: 7, maxChunks: 32, resultTimeoutMs: 1_000 },
  events: [
    done('read', nothing),
    done('read', first),
    done('read', several),
    done('read', single),
    failed('read', thrown(2005)),
    done('askPermission', { granted: true }),
    done('askPermission', { granted: false }),
    failed('askPermission', thrown(3103)),
    done('pack', posted),
    failed('pack', thrown(3113)),
    done('stringSend', sent),
    done('stringSend', { ...sent, outcome: 'failed', handle: null, failure: failure(3111) }),
    done('stringSend', { ...sent, outcome: 'cancelled', handle: null, failure: null }),
    failed('stringSend', thrown(1000)),
    done('begin'),
    failed('begin', thrown(3116)),
    { type: 'rx.syn_m_a_e', counter: 31, updatedChunks: 3, errors: [], wanted: [9] },
    { type: 'rx.syn_m_a_e', counter: 32, updatedChunks: 0, errors: [], wanted: [] },
    { type: 'rx.syn_m_a_e', counter: 33, updatedChunks: 0, errors: ['agent 7 has no name'], wanted: [] },
    { type: 'rx.syn_m_a_e', counter: 35, updatedChunks: 3, errors: ['agent 8 has no name'], wanted: [] },
    { type: 'rx.syn_m_a_err', counter: 34, error: failure(3037) },
    done('confirm', { rows: 400 }),
    failed('confirm', thrown(2005)),
  ],
  // A reading goes on where the last one ended, so it ends; one page a time means one chunk a batch.
  excludes: ({ context }, event) =>
    event.type === 'xstate.done.actor.read' &&
    ((event.output.isLast === false && context.afterId > 0) ||
      (event.output.chunks > 1 && context.maxChunks === 1)),
  key: ({ batch, maxChunks, afterId, failedChunks, updatedChunks, failure }) => [
    batch.chunks,
    batch.isLast,
    maxChunks,
    afterId,
    failedChunks > 0,
    updatedChunks > 0,
    failure?.code,
  ],
  deadlinesMs: { 'awaitingResult.waiting': 1_000 },
  invariants: {
    'every request of the master is answered once': (trace) => {
      const event = lastEvent(trace);
      const answers = [...paramsOf(trace.last, 'acknowledge'), ...paramsOf(trace.last, 'refuse')];
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.deepEqual(answers, isRequest ? [{ connectionId: 7, counter: event?.counter }] : []);
    },
    'while nothing changed nothing is sent': (trace) => {
      const hasRows = trace.events.some(({ type, output }) => type.endsWith('.read') && output?.rows > 0);
      const said = trace.all.started.filter(({ src }) => !['workspace', 'read'].includes(src));
      if (!hasRows) assert.deepEqual(said, []);
    },
    'nothing is sent without permission, and every batch needs its own': (trace) => {
      const granted = trace.events.filter(({ output }) => output?.granted === true).length;
      const began = (src: string) => trace.all.started.filter((child) => child.src === src).length;
      assert.ok(began('stringSend') <= granted && began('begin') <= granted);
    },
    'rows count as synced only when the master has said that their whole batch is written': (trace) => {
      const isConfirming = trace.last.started.some(({ src }) => src === 'confirm');
      const word = lastEvent(trace);
      const batch = trace.events.findLast(({ type }) => type === 'xstate.done.actor.read')?.output;
      const isWholeWritten =
        word?.type === 'rx.syn_m_a_e' && word.errors.length === 0 && word.updatedChunks >= batch?.chunks;
      const isAwaited = trace.events.at(-2)?.type === 'xstate.done.actor.stringSend' || hasBegun(trace);
      assert.equal(isConfirming, isWholeWritten && isAwaited);
      const confirm = trace.last.started.find(({ src }) => src === 'confirm');
      if (isConfirming) assert.deepEqual(confirm?.input, { connectionId: 7, wanted: word?.wanted });
    },
    'a batch of several chunks with errors is sent again, chunk by chunk': ({ last, all }) => {
      if (count(last, 'logNarrowed') > 0) {
        const again = last.started.find(({ src }) => src === 'read')?.input as { maxChunks: number };
        assert.equal(again.maxChunks, 1);
      }
      assert.ok(count(all, 'logNarrowed') <= 1);
    },
    'a chunk that the master could not write keeps no later one from being sent': ({ snapshot, events }) => {
      const { outcome, failedChunks = 0, errors = [] } = snapshot.output ?? {};
      assert.ok(errors.length <= MAX_KEPT_ERRORS);
      if (outcome === 'incomplete') assert.ok(failedChunks > 0 && snapshot.output?.succeeded === false);
      if (outcome === 'synced') {
        assert.ok(events.filter(({ type }) => type === 'xstate.done.actor.confirm').length > 0);
      }
    },
    'a round has one outcome, with one line in the log, and leaves nothing running': (trace) => {
      const { snapshot } = trace;
      const isOver = snapshot.status === 'done';
      const lines = count(
        trace.all,
        'logUnchanged',
        'logFinished',
        'logIncomplete',
        'logRefused',
        'logFailed',
      );
      assert.equal(lines, isOver ? 1 : 0);
      if (!isOver) return;
      assert.deepEqual(live(trace), []);
      assert.equal(snapshot.output?.failure === null, snapshot.output?.outcome !== 'failed');
      assert.equal(
        snapshot.output?.succeeded,
        ['unchanged', 'synced'].includes(snapshot.output?.outcome ?? ''),
      );
    },
  },
};

modelTest(agentInfoSendMachine, model);
