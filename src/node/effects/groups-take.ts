import { fromCallback, fromPromise } from 'xstate';
import { groupsOverwriteMachine } from '../../../machines/agent-groups/overwrite.ts';
import { groupsReceiveMachine } from '../../../machines/agent-groups/receive.ts';
import type { DifferingAgents, GroupsStored } from '../../../machines/agent-groups/report.ts';
import { UNKNOWN } from '../../../machines/failure.ts';
import { faultPoint } from '../../fault-point.ts';
import { ownTurn } from '../own-turn.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { decodeChunks } from './agent-chunks.ts';
import { told } from './failures.ts';
import { differingAgents } from './groups-differences.ts';
import type { GroupsVoice } from './groups-process.ts';
import { clearOtherGroups, type SentGroups, storeGroups } from './groups-store.ts';

type Sent = { connectionId: number; handles: readonly number[] };

/** The chunks of the strings that a command names, string by string; those that are not taken in the end are dropped. */
async function* stringsOf(strings: Transfers['strings'], { connectionId, handles }: Sent) {
  try {
    for (const handle of handles) {
      const bytes = strings.take(connectionId, handle);
      await ownTurn();
      yield await decodeChunks(bytes);
    }
  } finally {
    for (const handle of handles) strings.discard(connectionId, handle);
  }
}

/** The checksum over the groups of all agents of this node. */
export const readHash = ({ store }: NodeServices) =>
  fromPromise<{ hash: string | null }, undefined>(async () => {
    const hash = await store.current.groupsHash();
    faultPoint('groups.compared');
    return { hash };
  });

/** How a worker takes groups that changed, with effects. */
export function receiveGroups(services: NodeServices, { strings }: Transfers, voice: GroupsVoice) {
  return groupsReceiveMachine.provide({
    actors: {
      store: fromPromise<GroupsStored, Sent>(async ({ input, signal }) => {
        const { stored } = await storeGroups(services.store.current, stringsOf(strings, input), signal);
        faultPoint('groups.stored');
        return stored;
      }),
      readHash: readHash(services),
    },
    actions: voice.actions(),
  });
}

/** How a worker takes all groups, with effects. */
export function overwriteGroups(services: NodeServices, { strings }: Transfers, voice: GroupsVoice) {
  /** What the master sent, by connection. */
  const workspaces = new Map<number, SentGroups>();
  return groupsOverwriteMachine.provide({
    actors: {
      workspace: fromCallback<{ type: 'none' }, { connectionId: number }>(
        ({ input }) =>
          () =>
            workspaces.delete(input.connectionId),
      ),
      overwrite: fromPromise<GroupsStored, Sent>(async ({ input, signal }) => {
        const { current } = services.store;
        const sent = new Map<number, string>();
        const { stored, wasUnderstood } = await storeGroups(
          current,
          stringsOf(strings, input),
          signal,
          (agents) => {
            for (const { id, groups } of agents) sent.set(id, groups.join(','));
          },
        );
        faultPoint('groups.overwritten');
        if (wasUnderstood) await clearOtherGroups(current, sent, signal);
        workspaces.set(input.connectionId, sent);
        return stored;
      }),
      recalculate: fromPromise<void, undefined>(() => services.store.current.recalculateGroupHashes()),
      readHash: readHash(services),
      search: fromPromise<DifferingAgents, { connectionId: number }>(async ({ input, signal }) =>
        differingAgents(services.store.current, workspaces.get(input.connectionId) ?? new Map(), signal),
      ),
    },
    actions: {
      ...voice.actions(),
      logNotRecalculated: ({ context: { failure } }) =>
        voice.log[services.store.levelOf(failure, 'warning')](
          `Hashes could not be computed anew: ${told(failure ?? UNKNOWN)}`,
        ),
      logDiffering: ({ context: { differing } }) =>
        voice.log.debug(
          `${differing?.total} agents have other groups than the master sent, the first ones: ${differing?.ids.join(', ')}.`,
        ),
    },
  });
}
