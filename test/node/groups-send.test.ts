import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type AnyActor, createActor, fromPromise } from 'xstate';
import { GroupsJournal } from '../../src/node/effects/groups-journal.ts';
import { sendGroups } from '../../src/node/effects/groups-send.ts';
import { addAgents, addGroups, embeddedSubject, storeWith } from '../agents/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { End } from './agent-info-pair.ts';

const VERSION = 5;

it('agent-groups that several workers need at the same time are read and packed once', async () => {
  await using subject = await embeddedSubject();
  await addAgents(subject.store, 3);
  await addGroups(subject.store, 'a');
  const agents = [{ id: 1, groups: ['a'] }];
  await subject.store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
  let readings = 0;
  const end = new End();
  end.services.store.set(
    storeWith(subject.store, {
      groupsToSend: (order) => {
        readings += 1;
        return subject.store.groupsToSend(order);
      },
    }),
  );
  const journal = new GroupsJournal();
  for (const version of [VERSION - 1, VERSION]) journal.add(version, { agents, hash: null });
  const machine = sendGroups(end.services, end.transfers, journal).provide({
    // It never comes to an end.
    actors: { stringSend: fromPromise(() => new Promise<never>(() => {})) as never },
  });
  const start = (connectionId: number, kind: 'full' | 'difference') =>
    createActor(machine, {
      input: { connectionId, kind, sinceVersion: VERSION - 1, version: VERSION, answerTimeoutMs: 1_000 },
    }).start();
  const isSending = (actor: AnyActor) => actor.getSnapshot().value === 'sending';
  const digestOf = (actor: AnyActor) => actor.getSnapshot().context.posted.digest;

  const [one, other] = [start(1, 'full'), start(2, 'full')];
  await waitFor('both to be sending', () => isSending(one) && isSending(other));
  assert.equal(readings, 1);
  assert.equal(digestOf(one), digestOf(other));
  one.stop();
  const late = start(3, 'full');
  await waitFor('a third to be sending', () => isSending(late));
  assert.equal(readings, 1, 'one of them has still use for it');
  for (const actor of [other, late]) actor.stop();
  const next = start(4, 'full');
  await waitFor('the next to be sending', () => isSending(next));
  assert.equal(readings, 2);
  const difference = start(5, 'difference');
  await waitFor('a difference to be sending', () => isSending(difference));
  assert.equal(readings, 2);
  for (const actor of [next, difference]) actor.stop();
  assert.equal(end.transfers.outbox.heldBytes, 0, 'what was not taken is withdrawn');
});
