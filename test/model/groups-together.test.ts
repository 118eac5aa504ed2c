import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor, fromPromise, SimulatedClock } from 'xstate';
import { groupsBroadcastMachine } from '../../machines/agent-groups/broadcast.ts';
import { type GroupsReading, groupsCollectMachine } from '../../machines/agent-groups/collect.ts';
import type {
  GroupsSendInput,
  GroupsSendOutput,
  groupsSendMachine,
} from '../../machines/agent-groups/send.ts';
import { waitFor } from '../harness/wait-for.ts';
import { failure } from './trace.ts';

const INTERVAL_MS = 10_000;
const ignore = () => {};
type Send = (worker: number, input: GroupsSendInput) => GroupsSendOutput;

const inStep: GroupsSendOutput = {
  outcome: 'stored',
  matches: true,
  differing: null,
  wasComplete: true,
  failure: null,
};

/** What a master does about groups, with the sending itself in the hands of the test: each machine alone cannot be seen to wait for another one. */
function groupsOf(workers: readonly number[], send: Send) {
  const clock = new SimulatedClock();
  const sent: { worker: number; kind: string; version: number }[] = [];
  const broadcasts = new Map<number, AnyActorRef>();
  let change = 0;
  let version = 0;
  const collect = createActor(
    groupsCollectMachine.provide({
      actors: {
        read: fromPromise(
          async (): Promise<GroupsReading> => ({
            agents: 1,
            digest: `d${change}`,
            hash: `h${change}`,
            lastVersion: version,
          }),
        ),
        confirm: fromPromise(async () => ({ agents: 1 })),
      },
      actions: {
        publish: (_, published) => {
          version = published.version;
          for (const broadcast of broadcasts.values()) broadcast.send({ type: 'groups.published', version });
        },
        logStarting: ignore,
        logNothingNew: ignore,
        logFinished: ignore,
        logFailed: ignore,
        logUnconfirmed: ignore,
      },
    }),
    { clock, input: { startDelayMs: INTERVAL_MS, intervalMs: INTERVAL_MS } },
  );
  collect.start();
  for (const worker of workers) {
    const sending = fromPromise(async ({ input }: { input: GroupsSendInput }) => {
      sent.push({ worker, kind: input.kind, version: input.version });
      return send(worker, input);
    });
    const broadcast = groupsBroadcastMachine.provide({
      actors: { send: sending as unknown as typeof groupsSendMachine },
      actions: {
        acknowledge: ignore,
        refuse: ignore,
        noteAcknowledged: ignore,
        logApart: ignore,
        logMended: ignore,
        logCrashed: ignore,
        tellSent: ({ context: { connectionId, attempted } }, wasTaken) =>
          collect.send({ type: 'groups.sent', connectionId, version: attempted, wasTaken }),
      },
    });
    const input = {
      connectionId: worker,
      acknowledged: 0,
      published: 0,
      retryMs: INTERVAL_MS,
      answerTimeoutMs: 1_000,
    };
    broadcasts.set(worker, createActor(broadcast, { clock, input }).start());
    collect.send({ type: 'worker.joined', connectionId: worker });
  }
  return {
    clock,
    sent,
    stateOf: (worker: number) => broadcasts.get(worker)?.getSnapshot().value,
    change: () => {
      change += 1;
      collect.send({ type: 'groups.changed' });
    },
    versionOf: () => version,
    stop: () => {
      for (const broadcast of broadcasts.values()) broadcast.stop();
      collect.stop();
    },
  };
}

describe('groups of a master with several workers', () => {
  it('reach each worker that takes them, whatever another one does: one that cannot be sent everything holds up nobody', async () => {
    const failing: GroupsSendOutput = {
      ...inStep,
      outcome: 'failed',
      matches: null,
      wasComplete: false,
      failure: failure(3020),
    };
    const unknown: GroupsSendOutput = { ...inStep, matches: false, wasComplete: false };
    const groups = groupsOf([1, 2], (worker, { kind }) =>
      worker === 1 ? inStep : kind === 'full' ? failing : unknown,
    );
    groups.clock.increment(INTERVAL_MS);
    await waitFor('the sick worker to be owed everything', () => groups.stateOf(2) === 'owed' || null);
    for (let changes = 1; changes <= 20; changes += 1) {
      const before = groups.versionOf();
      groups.change();
      await waitFor(`version ${before + 1} to be published`, () => groups.versionOf() > before || null);
      await waitFor(
        'it to reach the worker that takes it',
        () =>
          groups.sent.some(({ worker, version }) => worker === 1 && version === groups.versionOf()) || null,
      );
    }
    assert.equal(groups.stateOf(2), 'owed', 'no time has gone by');
    const owed = groups.sent.filter(({ worker }) => worker === 2).length;
    groups.clock.increment(2 * INTERVAL_MS);
    await waitFor(
      'another full copy',
      () => groups.sent.filter(({ worker }) => worker === 2).length > owed || null,
    );
    const last = groups.sent.filter(({ worker }) => worker === 2).at(-1);
    assert.deepEqual(
      last,
      { worker: 2, kind: 'full', version: groups.versionOf() },
      'with all that was published',
    );
    groups.stop();
  });
});
