import assert from 'node:assert/strict';
import { type GroupsCollectEvent, groupsCollectMachine } from '../../machines/agent-groups/collect.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, heard, lastEvent, live, paramsOf, thrown } from './trace.ts';

const WORKERS = [1, 2];
/** What a collector before this one has published: versions go on from there. */
const EARLIER_LIFE = 7;
const reading = { agents: 2, digest: 'x', hash: 'a' };
const isRead = ({ type }: { type: string }) => type === 'xstate.done.actor.read';

/** Whom the events so far have brought here. */
const connectedAfter = (events: readonly { type: string; connectionId?: number }[]): number[] => {
  const connected = new Set<number>();
  for (const { type, connectionId = 0 } of events) {
    if (type === 'worker.joined') connected.add(connectionId);
    if (type === 'worker.left') connected.delete(connectionId);
  }
  return [...connected].sort();
};

const model: Model<typeof groupsCollectMachine> = {
  input: { startDelayMs: 30_000, intervalMs: 10_000 },
  events: ({ context: { version, connected } }) => [
    ...WORKERS.flatMap((connectionId): GroupsCollectEvent[] =>
      connected.includes(connectionId)
        ? [
            { type: 'worker.left', connectionId },
            { type: 'groups.sent', connectionId, version, wasTaken: true },
            { type: 'groups.sent', connectionId, version, wasTaken: false },
            { type: 'groups.sent', connectionId, version: version - 1, wasTaken: true },
          ]
        : [{ type: 'worker.joined', connectionId }],
    ),
    { type: 'groups.changed' },
    ...[
      reading,
      { ...reading, digest: 'y' },
      { ...reading, agents: 0, digest: '' },
      { ...reading, agents: 0, digest: '', hash: 'b' },
    ].map((found) => done('read', { ...found, lastVersion: Math.max(version, EARLIER_LIFE) })),
    failed('read', thrown(2005)),
    done('confirm', { agents: 2 }),
    failed('confirm', thrown(2005)),
  ],
  excludes: (_, event) => event.type.startsWith('worker.') && event.connectionId === undefined,
  key: ({ version, published, connected, pending, without }) => [
    version > 0,
    published?.digest === 'x',
    published?.hash,
    [...connected].sort(),
    [...pending].sort(),
    [...without].sort(),
  ],
  invariants: {
    'nothing is read while no worker is connected': (trace) => {
      if (trace.last.started.some(({ src }) => src === 'read')) {
        assert.notDeepEqual(connectedAfter(trace.events), []);
      }
    },
    'the task is not repeated until its news went to all workers that were connected, or they left': (
      trace,
    ) => {
      if (!trace.last.started.some(({ src }) => src === 'read')) return;
      const at = trace.events.findLastIndex(isRead);
      const isNews = trace.events.length > 0 && count(trace.all, 'publish') > 0;
      if (at === -1 || !isNews) return;
      const version = paramsOf<{ version: number }>(trace.all, 'publish').at(-1)?.version;
      const publishedAt = trace.events.findLastIndex(
        (event, index) => isRead(event) && index <= at && event.output !== undefined,
      );
      const waitingFor = new Set(
        wasPublishedBy(trace.events, publishedAt) ? connectedAfter(trace.events.slice(0, publishedAt)) : [],
      );
      for (const event of trace.events.slice(publishedAt)) {
        const isThrough =
          event.type === 'worker.left' || (event.type === 'groups.sent' && event.version === version);
        if (isThrough) waitingFor.delete(event.connectionId);
      }
      assert.deepEqual([...waitingFor], []);
    },
    'only news are published, each version once, and versions never fall': ({
      all,
      last,
      events,
      snapshot,
    }) => {
      const versions = paramsOf<{ version: number }>(all, 'publish').map(({ version }) => version);
      assert.deepEqual(
        versions,
        versions.map((_, index) => EARLIER_LIFE + index + 1),
      );
      assert.equal(snapshot.context.version, versions.at(-1) ?? 0);
      const event = events.at(-1);
      if (event === undefined || !isRead(event)) assert.equal(count(last, 'publish'), 0);
      else assert.equal(count(last, 'publish') === 1, wasPublishedBy(events, events.length - 1));
    },
    'groups are marked as synced only when every connected worker has taken them': (trace) => {
      if (!trace.last.started.some(({ src }) => src === 'confirm')) return;
      const { version } = trace.snapshot.context;
      const connected = connectedAfter(trace.events);
      assert.notDeepEqual(connected, []);
      for (const id of connected) {
        const joinedAt = trace.events.findLastIndex(
          (event) => event.type === 'worker.joined' && event.connectionId === id,
        );
        const word = trace.events.findLast(
          (event, index) =>
            index > joinedAt &&
            event.type === 'groups.sent' &&
            event.connectionId === id &&
            event.version === version,
        );
        assert.equal(word?.wasTaken, true, `worker ${id}`);
      }
    },
    'a change does not wait for the end of the pause': ({ snapshot: { value } }) => {
      if (value.work === 'pausing') assert.equal(value.changes, 'none');
    },
    'a change is noted from when it is heard until a reading begins, or fails': (trace) => {
      const ends = [/^groups\.changed$/, /^xstate\.error\.actor\.read$/];
      const [heardAt = -1, failedAt = -1] = ends.map((end) =>
        trace.events.findLastIndex(({ type }) => end.test(type)),
      );
      const hasBegun = trace.last.started.some(({ src }) => src === 'read');
      if (hasBegun) assert.equal(trace.snapshot.value.changes, 'none');
      else if (heardAt === trace.events.length - 1 && heardAt > failedAt) {
        assert.equal(trace.snapshot.value.changes, 'noted');
      }
    },
    'one effect at a time': (trace) => assert.ok(live(trace).length <= 1),
    'every reading has one line at its end': ({ all, last, events }) => {
      assert.equal(count(all, 'logStarting'), all.started.filter(({ src }) => src === 'read').length);
      const isFailure = lastEvent({ events })?.type === 'xstate.error.actor.read';
      assert.equal(count(last, 'logFailed'), isFailure ? 1 : 0);
      const ends = heard({ events }, 'xstate.done.actor.read');
      const open = count(all, 'publish') - count(all, 'logFinished');
      assert.ok(open === 0 || open === 1);
      assert.equal(count(all, 'logNothingNew', 'publish'), ends);
      assert.equal(count(all, 'logUnconfirmed'), heard({ events }, 'xstate.error.actor.confirm'));
    },
  },
};

/** Whether the reading that ended with this event had news: the first has, and one that tells other things than the last. */
function wasPublishedBy(
  events: readonly { type: string; output?: typeof reading }[],
  index: number,
): boolean {
  let last: typeof reading | null = null;
  let isNews = false;
  for (const event of events.slice(0, index + 1)) {
    if (!isRead(event) || event.output === undefined) continue;
    const { agents, digest, hash } = event.output;
    isNews = last === null || hash !== last.hash || (agents > 0 && digest !== last.digest);
    if (isNews) last = event.output;
  }
  return isNews;
}

modelTest(groupsCollectMachine, model);
