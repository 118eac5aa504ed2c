import assert from 'node:assert/strict';
import type { AnyEventObject } from 'xstate';
import { groupsBroadcastMachine } from '../../machines/agent-groups/broadcast.ts';
import type { GroupsSendInput } from '../../machines/agent-groups/send.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { count, failure, heard, lastEvent, live, paramsOf, thrown } from './trace.ts';

const RETRY_MS = 10_000;
const differing = { total: 1, ids: [7] };
const ended = (outcome: string, matches: boolean | null, wasComplete = true) =>
  done('send', {
    outcome,
    matches,
    wasComplete,
    differing: matches === false ? differing : null,
    failure: outcome === 'failed' ? failure(3020) : null,
  });
const isSendEnd = ({ type }: AnyEventObject) => /^xstate\.(done|error)\.actor\.send$/.test(type);
const isTaken = ({ output }: AnyEventObject) =>
  output !== undefined && (output.outcome === 'stored' || output.matches === true);
const isFull = (input: unknown) => (input as GroupsSendInput).kind === 'full';
const report = { updatedChunks: 1, errors: [], differing: null };

/**
 * What was sent, in order, each with its end: null while it is under way, and for a difference that was given up because
 * everything was asked for.
 */
function sendings({ events, all }: Pick<Trace, 'events' | 'all'>) {
  const sent = all.started.map(({ input }) => ({
    input: input as GroupsSendInput,
    end: null as AnyEventObject | null,
  }));
  let at = 0;
  for (const event of events) {
    const current = sent[at];
    if (current === undefined) continue;
    // If nothing were under way, everything would be what is sent next.
    if (event.type === 'rx.syn_w_g_c' && !isFull(current.input)) at += 1;
    if (!isSendEnd(event)) continue;
    current.end = event;
    at += 1;
  }
  return sent;
}

/** Where a sending ended with a difference, and whether the worker differed after the last full copy already. */
function differences(trace: Pick<Trace, 'events' | 'all'>) {
  let isApart = false;
  return sendings(trace).flatMap(({ input, end }) => {
    const { wasComplete, matches } = end?.output ?? {};
    if (matches === true) isApart = false;
    if (matches !== false || end === null) return [];
    const found = { end, isFull: isFull(input), isApart, isUnknown: wasComplete === false };
    if (isFull(input)) isApart = true;
    return [found];
  });
}

/** Ends of differences that what follows is a part of: nobody knows what the worker lacks, so it is sent everything. */
const unfinishedEnds = (trace: Pick<Trace, 'events' | 'all'>) =>
  new Set(
    differences(trace).flatMap((found) =>
      !found.isFull && !found.isApart && found.isUnknown ? [found.end] : [],
    ),
  );

/** These, and those after a full copy that did not help: everything may be sent, if the pause was over. */
const unaskedEnds = (trace: Pick<Trace, 'events' | 'all'>) =>
  new Set(
    differences(trace).flatMap((found) =>
      !found.isFull && (found.isApart || found.isUnknown) ? [found.end] : [],
    ),
  );

/**
 * What other workers may wait for, in order: the end of each sending, and news for a worker that could not be sent
 * everything and waits for the next try.
 */
function whatOthersHear(trace: Pick<Trace, 'events' | 'all'>, published: number): { wasTaken: boolean }[] {
  const told: { wasTaken: boolean }[] = [];
  const unfinished = unfinishedEnds(trace);
  const owing = new Set(
    sendings(trace).flatMap(({ input, end }) =>
      isFull(input) && end !== null && !isReport(end) ? [end] : [],
    ),
  );
  const apart = new Set(differences(trace).flatMap(({ end, isFull: full }) => (full ? [end] : [])));
  let newest = published;
  let heardOf = published;
  let isApart = false;
  let isOwed = false;
  for (const event of trace.events) {
    if (event.type === 'groups.published') newest = Math.max(newest, event.version as number);
    if (event.type === 'rx.syn_w_g_c' || event.type.startsWith('xstate.after.')) {
      isOwed = false;
      heardOf = newest;
    }
    if (isSendEnd(event)) {
      if (!unfinished.has(event)) told.push({ wasTaken: isTaken(event) });
      if (apart.has(event)) isApart = true;
      if (event.output?.matches === true) isApart = false;
      isOwed = owing.has(event) && !isApart;
      if (!isOwed) heardOf = newest;
    }
    if (isOwed && newest > heardOf) {
      told.push({ wasTaken: false });
      heardOf = newest;
    }
  }
  return told;
}

const modelOf = (acknowledged: number, published: number): Model<typeof groupsBroadcastMachine> => ({
  input: { connectionId: 7, acknowledged, published, retryMs: RETRY_MS, answerTimeoutMs: 1_000 },
  events: ({ context }) => [
    // Versions grow without end; up to the second, or one more, is enough to see what happens.
    ...(context.published < Math.max(2, published + 1)
      ? [{ type: 'groups.published' as const, version: context.published + 1 }]
      : []),
    ...(context.published > 0
      ? [
          { type: 'groups.published' as const, version: context.published },
          { type: 'groups.published' as const, version: context.published - 1 },
        ]
      : []),
    { type: 'rx.syn_w_g_c', counter: 31 },
    { type: 'rx.syn_w_g_e', counter: 32, task: 'own', ...report, matches: false },
    { type: 'rx.syn_w_g_e', counter: 33, task: 'of an older task', ...report, matches: true },
    { type: 'rx.syn_wgc_e', counter: 34, task: 'own', ...report, matches: false, differing },
    { type: 'rx.syn_w_g_err', counter: 35, task: 'own', error: failure(3036) },
    { type: 'rx.syn_wgc_err', counter: 36, task: 'of an older task', error: failure(3036) },
    ended('stored', true),
    ended('stored', false, false),
    ended('stored', false),
    ended('stored', null),
    ended('incomplete', false),
    ended('incomplete', true),
    ended('failed', null),
    failed('send', thrown(1000)),
  ],
  key: ({ published, attempted, acknowledged, pauses }) => [
    published > attempted,
    attempted > 0,
    acknowledged > 0,
    acknowledged === attempted,
    pauses > 0,
  ],
  stopWhen: ({ context }) => context.pauses > 1,
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
      const event = lastEvent(trace);
      if (trace.last.started.length === 0 || event === null) return;
      const isReason =
        event.type === 'groups.published' ||
        event.type === 'rx.syn_w_g_c' ||
        event.type.startsWith('xstate.after.');
      // Or it was a reason while something else was being sent.
      assert.ok(isReason || isSendEnd(event));
      if (isSendEnd(event) && !unaskedEnds(trace).has(event)) {
        const before = trace.events.slice(0, -1);
        const meanwhile = before.slice(before.findLastIndex(isSendEnd) + 1);
        assert.ok(
          meanwhile.some(({ type }) => type === 'groups.published' || type.startsWith('xstate.after.')),
        );
      }
    },
    'everything is sent because it was asked for, or nobody knows what is lacking, or it could not be sent': (
      trace,
    ) => {
      const owed = sendings(trace).filter(
        ({ input, end }) => isFull(input) && end !== null && !isReport(end),
      );
      const full = trace.all.started.filter(({ input }) => isFull(input));
      assert.ok(full.length <= heard(trace, 'rx.syn_w_g_c') + unaskedEnds(trace).size + owed.length);
    },
    'whoever asks for everything is sent it at once, unless it is on its way': (trace) => {
      if (lastEvent(trace)?.type !== 'rx.syn_w_g_c') return;
      assert.deepEqual(live(trace), ['send']);
      assert.ok(isFull(trace.cast.get('send').input));
    },
    'a connection begins with a comparison, if there is anything to compare with': (trace) => {
      if (trace.events.length > 0) return;
      assert.equal(trace.all.started.length, published > 0 ? 1 : 0);
    },
    'a worker gets what changed since the version that it acknowledged last, up to the newest that there ever was':
      (trace) => {
        const notes = paramsOf<{ connectionId: number; version: number }>(trace.all, 'noteAcknowledged');
        const versions = trace.events.flatMap(({ type, version }) =>
          type === 'groups.published' ? [version as number] : [],
        );
        const newest = Math.max(published, ...versions);
        assert.equal(trace.snapshot.context.published, newest);
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
    'what the worker acknowledged is remembered; the others hear of every end, and at once of news that one is owed':
      (trace) => {
        const told = whatOthersHear(trace, published);
        assert.equal(
          paramsOf(trace.all, 'noteAcknowledged').length,
          told.filter(({ wasTaken }) => wasTaken).length,
        );
        assert.deepEqual(
          trace.all.toParent.map(({ type, connectionId, wasTaken }) => [type, connectionId, wasTaken]),
          told.map(({ wasTaken }) => ['groups.sent', 7, wasTaken]),
        );
        assert.equal(count(trace.all, 'logCrashed'), heard(trace, 'xstate.error.actor.send'));
      },
    'a worker that was sent something is left alone only when its checksum matched': (trace) => {
      if (trace.snapshot.value !== 'idle') return;
      const end = trace.events.findLast(isSendEnd);
      if (end === undefined) assert.equal(trace.snapshot.context.published, 0);
      else if (trace.snapshot.context.attempted > 0) assert.equal(end.output?.matches, true);
    },
    'one that differs after a full copy is told of once, with those who differ, until its checksum matches': (
      trace,
    ) => {
      let isApart = false;
      let told = 0;
      let mended = 0;
      for (const { input, end } of sendings(trace)) {
        const matches = end?.output?.matches;
        if (isFull(input) && matches === false && !isApart) {
          isApart = true;
          told += 1;
        }
        if (matches === true && isApart) {
          isApart = false;
          mended += 1;
        }
      }
      const lines = paramsOf(trace.all, 'logApart');
      assert.deepEqual(lines, Array(told).fill({ connectionId: 7, differing }));
      assert.equal(count(trace.all, 'logMended'), mended);
    },
    'one that differs after a full copy is sent everything again when a pause is over, or it asks, and not because of news':
      (trace) => {
        const apart = differences(trace).filter((found) => found.isFull || found.isApart);
        const copies = apart.filter((found) => found.isFull && found.isApart).length;
        const pauses = trace.events.filter(({ type }) => type.startsWith('xstate.after.growingPause'));
        assert.ok(copies <= pauses.length + heard(trace, 'rx.syn_w_g_c'));
      },
    'pauses grow only where more of the same does not help': (trace) => {
      const { pauses } = trace.snapshot.context;
      const end = trace.events.findLast(isSendEnd);
      if (end?.output?.matches === true) assert.equal(pauses, 0);
      assert.equal(
        trace.events.some(({ type }) => type.startsWith('xstate.after.growingPause')) || pauses === 0,
        true,
      );
    },
    'an answer goes to the process that waits for one, with the task that it is of': (trace) => {
      const event = lastEvent(trace);
      for (const { child, event: relayed } of trace.last.told) {
        assert.equal(child, 'send');
        assert.deepEqual([relayed.type, relayed.task], ['worker.answered', event?.task]);
        assert.equal(relayed.failure === null, event?.type.endsWith('_e'));
        assert.equal(relayed.report === null, event?.type.endsWith('_err'));
        assert.equal(event?.type.startsWith('rx.syn_wgc_'), isFull(trace.cast.get('send').input));
      }
    },
  },
});

/** The worker said how it went, though perhaps not whether its checksum matches. */
function isReport({ output }: AnyEventObject): boolean {
  return output !== undefined && output.outcome !== 'failed';
}

modelTest(groupsBroadcastMachine, modelOf(0, 0));
modelTest(groupsBroadcastMachine, { ...modelOf(3, 5), title: 'groupsBroadcast-behind' });
