import assert from 'node:assert/strict';
import type { AnyEventObject } from 'xstate';
import { groupsBroadcastMachine } from '../../machines/agent-groups/broadcast.ts';
import type { GroupsSendInput } from '../../machines/agent-groups/send.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { count, failure, heard, lastEvent, live, paramsOf, thrown } from './trace.ts';

const ended = (outcome: string, matches: boolean | null, wasComplete = true) =>
  done('send', { outcome, matches, wasComplete, failure: outcome === 'failed' ? failure(3020) : null });
const isSendEnd = ({ type }: AnyEventObject) => /^xstate\.(done|error)\.actor\.send$/.test(type);
const isTaken = ({ output }: AnyEventObject) =>
  output !== undefined && (output.outcome === 'stored' || output.matches === true);

/** Full copies that a worker gets without asking. */
const UNASKED_COPIES = 3;

/**
 * The ends after which everything is sent unasked: the worker differs, nobody knows what it lacks, and it was not sent
 * everything so often before. The n-th end is that of the n-th that was started.
 */
function unaskedEnds({ events, all }: Pick<Trace, 'events' | 'all'>): Set<AnyEventObject> {
  const found = new Set<AnyEventObject>();
  let copies = 0;
  for (const [index, end] of events.filter(isSendEnd).entries()) {
    const input = all.started[index]?.input as GroupsSendInput | undefined;
    if (input?.kind === 'full') copies += 1;
    else if (end.output?.wasComplete === false && end.output.matches === false && copies < UNASKED_COPIES)
      found.add(end);
  }
  return found;
}

const modelOf = (acknowledged: number, published: number): Model<typeof groupsBroadcastMachine> => ({
  input: { connectionId: 7, acknowledged, published, retryMs: 10_000, answerTimeoutMs: 1_000 },
  events: ({ context }) => [
    // Versions grow without end; up to the second, or one more, is enough to see what happens.
    ...(context.published < Math.max(2, published + 1)
      ? [{ type: 'groups.published' as const, version: context.published + 1 }]
      : []),
    { type: 'rx.syn_w_g_c', counter: 31 },
    { type: 'rx.syn_w_g_e', counter: 32, updatedChunks: 1, errors: [], matches: false },
    { type: 'rx.syn_w_g_e', counter: 33, updatedChunks: 1, errors: [], matches: true },
    { type: 'rx.syn_wgc_e', counter: 34, updatedChunks: 1, errors: [], matches: true },
    { type: 'rx.syn_w_g_err', counter: 35, error: failure(3036) },
    { type: 'rx.syn_wgc_err', counter: 36, error: failure(3036) },
    ended('stored', true),
    ended('stored', false, false),
    ended('stored', false),
    ended('stored', null),
    ended('incomplete', false),
    ended('incomplete', true),
    ended('failed', null),
    failed('send', thrown(1000)),
  ],
  // A type that is not offered would come without payload.
  excludes: (_, event) => event.type === 'groups.published' && event.version === undefined,
  invariants: {
    'every request of the worker has exactly one answer': (trace) => {
      const event = lastEvent(trace);
      const answers = [...paramsOf(trace.last, 'acknowledge'), ...paramsOf(trace.last, 'refuse')];
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.deepEqual(answers, isRequest ? [{ connectionId: 7, counter: event?.counter }] : []);
    },
    'one string at a time': (trace) => assert.ok(live(trace).length <= 1),
    'while nothing changed nothing is sent: there is a reason for everything that is sent': (trace) => {
      const full = trace.all.started.filter(({ input }) => (input as GroupsSendInput).kind === 'full');
      const unasked = unaskedEnds(trace);
      assert.ok(full.length <= heard(trace, 'rx.syn_w_g_c') + unasked.size);
      const event = lastEvent(trace);
      if (trace.last.started.length === 0 || event === null) return;
      const isReason =
        event.type === 'groups.published' ||
        event.type === 'rx.syn_w_g_c' ||
        event.type.startsWith('xstate.after.retry');
      // Or it was a reason while something else was being sent.
      assert.ok(isReason || isSendEnd(event));
      if (isSendEnd(event) && !unasked.has(event)) {
        const sinceStart = trace.events.slice(0, -1);
        const lastStart = sinceStart.findLastIndex(isSendEnd) + 1;
        const waited = sinceStart
          .slice(lastStart)
          .some(({ type }) => type === 'groups.published' || type === 'rx.syn_w_g_c');
        assert.ok(waited);
      }
    },
    'a connection begins with a comparison, if there is anything to compare with': (trace) => {
      if (trace.events.length > 0) return;
      assert.equal(trace.all.started.length, published > 0 ? 1 : 0);
    },
    'a worker gets what changed since the version that it acknowledged last, up to the newest': (trace) => {
      const notes = paramsOf<{ connectionId: number; version: number }>(trace.all, 'noteAcknowledged');
      const newest = trace.events.findLast(({ type }) => type === 'groups.published')?.version ?? published;
      for (const { input } of trace.last.started) {
        const { sinceVersion, version } = input as GroupsSendInput;
        assert.equal(sinceVersion, notes.at(-1)?.version ?? acknowledged);
        assert.equal(version, newest);
      }
      const earlier = trace.all.started.slice(0, trace.all.started.length - trace.last.started.length);
      for (const note of paramsOf(trace.last, 'noteAcknowledged')) {
        const ended = earlier.at(-1)?.input as GroupsSendInput | undefined;
        assert.deepEqual(note, { connectionId: 7, version: ended?.version });
      }
    },
    'what the worker acknowledged is remembered; the others hear of every end': (trace) => {
      const unasked = unaskedEnds(trace);
      // What follows such an end is a part of it.
      const ends = trace.events.filter((event) => isSendEnd(event) && !unasked.has(event));
      assert.equal(paramsOf(trace.all, 'noteAcknowledged').length, ends.filter(isTaken).length);
      assert.deepEqual(
        trace.all.toParent.map(({ type, connectionId, wasTaken }) => [type, connectionId, wasTaken]),
        ends.map((end) => ['groups.sent', 7, isTaken(end)]),
      );
      assert.equal(count(trace.all, 'logCrashed'), heard(trace, 'xstate.error.actor.send'));
    },
    'a worker that was sent something is left alone only when its checksum matched': (trace) => {
      if (trace.snapshot.value !== 'idle') return;
      const end = trace.events.findLast(isSendEnd);
      if (end === undefined) assert.equal(trace.snapshot.context.published, 0);
      else if (trace.snapshot.context.attempted > 0) assert.equal(end.output?.matches, true);
    },
    'an answer goes to the process that waits for it': (trace) => {
      const event = lastEvent(trace);
      for (const { child, event: relayed } of trace.last.told) {
        assert.equal(child, 'send');
        assert.equal(relayed.type, event?.type.endsWith('_err') ? 'worker.failed' : 'worker.stored');
        const { kind } = trace.cast.get('send').input as GroupsSendInput;
        assert.equal(event?.type.startsWith('rx.syn_wgc_'), kind === 'full');
      }
    },
  },
});

modelTest(groupsBroadcastMachine, modelOf(0, 0));
modelTest(groupsBroadcastMachine, modelOf(3, 5));
