import assert from 'node:assert/strict';
import type { FileReceiveOutput } from '../../machines/transfer/file-receive.ts';
import type { StringReceiveOutput } from '../../machines/transfer/string-receive.ts';
import { type TransfersContext, transfersMachine } from '../../machines/transfer/transfers.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { wiredTransfers } from '../harness/wire/services.ts';
import { wireTest } from '../harness/wire/wire.ts';
import { count, failure, heard, lastEvent, live, thrown } from './trace.ts';

const digest = 'd'.repeat(128);
const FILE_BYTES = 10;
const STRING_BYTES = 20;
const fileEnd: FileReceiveOutput = {
  kind: 'file',
  outcome: 'done',
  handle: 1,
  name: 'file',
  file: '/spool/1',
  sizeBytes: FILE_BYTES,
  failure: null,
};
const stringEnd: StringReceiveOutput = {
  kind: 'string',
  outcome: 'done',
  handle: 1,
  sizeBytes: STRING_BYTES,
  failure: null,
};

/** Ends of the child in this slot, as the transfer that runs there would end. */
function endsIn({ incoming }: TransfersContext, slot: string) {
  const entry = incoming[slot];
  if (entry === undefined) return [];
  const { handle } = entry;
  const end = entry.kind === 'file' ? { ...fileEnd, handle } : { ...stringEnd, handle };
  const bad = { ...end, outcome: 'failed' as const, file: null, failure: failure(3111) };
  return [done(slot, end), done(slot, bad), failed(slot, thrown())];
}

const model: Model<typeof transfersMachine> = {
  input: { connectionId: 7, progressTimeoutMs: 1_000, maxIncoming: 2 },
  events: ({ context }) => [
    { type: 'rx.new_file', counter: 21, name: 'file', size: FILE_BYTES, digest },
    { type: 'rx.new_str', counter: 22, size: STRING_BYTES, digest },
    ...[1, 2].flatMap((handle) => [
      { type: 'rx.file_end' as const, counter: 23, handle, digest },
      { type: 'rx.cancel_task' as const, counter: 24, task: `transfer-${handle}`, error: failure(3120) },
      { type: 'cancel' as const, handle, failure: failure(3120) },
      { type: 'incoming.progress' as const, handle },
    ]),
    { type: 'rx.cancel_task', counter: 24, task: 'integrity-7-1', error: failure(3120) },
    { type: 'rx.err_str', counter: 25, size: STRING_BYTES },
    { type: 'rx.err_str', counter: 26, size: STRING_BYTES + 1 },
    ...endsIn(context, 'incoming-0'),
    ...endsIn(context, 'incoming-1'),
  ],
  key: ({ incoming, nextHandle }) => [incoming, Math.min(nextHandle, 4)],
  stopWhen: ({ context }) => context.nextHandle > 3,
  invariants: {
    'a transfer that is withdrawn and not under way may have brought a string: it is dropped': (trace) => {
      const event = trace.events.at(-1);
      const [, handle] = /^transfer-([0-9]+)$/.exec(event?.type === 'rx.cancel_task' ? event.task : '') ?? [];
      const dropped = trace.last.actions.filter(({ type }) => type === 'discardHeld');
      const isUnderWay = trace.last.told.length > 0;
      assert.deepEqual(
        dropped.map(({ params }) => params),
        handle === undefined || isUnderWay ? [] : [{ connectionId: 7, handle: Number(handle) }],
      );
    },
    'no more transfers run than may, each with its own handle': (trace) => {
      const handles = Object.values(trace.snapshot.context.incoming).map(({ handle }) => handle);
      assert.ok(handles.length <= 2);
      assert.equal(new Set(handles).size, handles.length);
      assert.equal(live(trace).filter((id) => id !== 'heldStrings').length, handles.length);
      const given = trace.all.started
        .map(({ input }) => (input as { handle?: number }).handle)
        .filter((handle) => handle !== undefined);
      assert.equal(new Set(given).size, given.length, 'no handle is given twice');
    },
    'every request is answered here, or handed to the transfer that it means': (trace) => {
      const event = lastEvent(trace);
      if (event === null || !event.type.startsWith('rx.')) return;
      const answered = count(trace.last, 'refuse', 'acknowledgeCancel', 'answerErrStr');
      const begun = trace.last.started.filter(
        ({ input }) => (input as { counter?: number }).counter === event.counter,
      ).length;
      const ended = trace.last.told.filter((told) => told.event.type === 'rx.file_end').length;
      assert.equal(answered + begun + ended, 1);
    },
    'the parent hears of every end exactly once, by its handle': (trace) => {
      const ended = trace.events.filter(({ type }) => type.includes('.actor.')).length;
      const reports = trace.all.toParent.filter(({ type }) => /\.(received|failed)$/.test(type));
      assert.equal(reports.length, ended);
      const handles = reports.map(({ handle }) => handle);
      assert.equal(new Set(handles).size, handles.length);
    },
    'only files report progress': (trace) => {
      const told = trace.all.toParent.filter(({ type }) => type === 'transfer.progress').length;
      assert.ok(told <= heard(trace, 'incoming.progress'));
    },
    'err_str frees only a string of that size of which nothing has come': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'rx.err_str') return;
      const cancelled = trace.last.told.filter((told) => told.event.type === 'cancel');
      for (const { child } of cancelled) {
        const entry = trace.snapshot.context.incoming[child];
        assert.deepEqual([entry?.kind, entry?.sizeBytes, entry?.started], ['string', event.size, false]);
      }
      const answer = trace.last.actions.find(({ type }) => type === 'answerErrStr');
      assert.equal(answer?.params.handle === null, cancelled.length === 0);
    },
  },
};

modelTest(transfersMachine, model);
wireTest(transfersMachine, model, {
  provide: (services) => wiredTransfers(services).transfers,
  answeredBy: ['refuse', 'acknowledgeCancel', 'answerErrStr'],
  actors: [],
});
