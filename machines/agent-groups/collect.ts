import { assign, raise, setup, stateIn } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
import type { GroupsSent } from './broadcast-types.ts';

export interface GroupsCollectInput {
  /** `agent_group_start_delay`: pause before the first reading, so that workers have connected. */
  startDelayMs: number;
  /** `sync_agent_groups` of the master: pause between readings. */
  intervalMs: number;
}

/** What a reading found. The agents and their groups stay with the effect. */
export interface GroupsReading {
  /** Agents whose groups are not marked as synced. */
  agents: number;
  /** Over these agents and their groups: tells whether they are the same as those of another reading. */
  digest: string;
  /** What was published last, by an earlier life of this process too: versions never fall. */
  lastVersion: number;
  /** The checksum over the groups of all agents, as the workers compute it; null when no agent has groups. */
  hash: string | null;
}

interface GroupsCollectContext extends GroupsCollectInput {
  /** Grows with everything that is published; 0 before. */
  version: number;
  /** What was published last, and null before. */
  published: GroupsReading | null;
  connected: readonly number[];
  /** Connections to which the version is still to be sent. */
  pending: readonly number[];
  /** Connections whose worker is not known to have the version. */
  without: readonly number[];
  failure: Failure | null;
}

export type GroupsCollectEvent =
  | { type: 'worker.joined'; connectionId: number }
  | { type: 'worker.left'; connectionId: number }
  | GroupsSent
  /** Somebody changed groups through this node: no need to wait for the next reading. */
  | { type: 'groups.changed' }
  /** Of this machine to itself: what has changed up to now is read. */
  | { type: 'reading.begun' };

const less = (ids: readonly number[], id: number) => ids.filter((other) => other !== id);
const more = (ids: readonly number[], id: number) => [...less(ids, id), id];
const connectionIn = (event: GroupsCollectEvent): number =>
  'connectionId' in event ? event.connectionId : 0;

/**
 * The master's local agent-groups: reads what is new, publishes it to all workers, and reads again when it was sent to all
 * that were connected. Specification: Local agent-groups thread.
 *
 * - Reading loses nothing: groups stay marked as unsynced until every connected worker has taken them, so that a master
 *   that dies reads them again. A worker that takes them not, or that was away, keeps no other from being served: what it
 *   has not acknowledged is remembered by version, and its own `broadcast` tries again.
 * - News are groups that were not in the last version, or another checksum, as when an agent was removed. The first
 *   reading always is. Nothing else is published, so while nothing changed nothing is sent.
 * - While nobody is connected nothing is read. A change that is noted meanwhile, or while something is being distributed, is
 *   read as soon as that is possible.
 *
 * Provided by src/node:
 * - `read` reads the unsynced agents and the checksum in bounded pages, and sets them aside.
 * - `publish` enters what the last reading set aside into the journal under this version, and tells every broadcast
 *   `groups.published`. The journal is bounded: it drops its oldest versions, and those that every known worker has.
 * - `confirm` marks what the last reading set aside as synced, but only where the groups are still the same.
 * - The connections of workers report `worker.joined`, with a broadcast that begins at the current version, and
 *   `worker.left`; `groups.sent` comes from the broadcasts. The log of a reading without news is worth level debug.
 */
export const groupsCollectMachine = setup({
  types: {
    context: {} as GroupsCollectContext,
    input: {} as GroupsCollectInput,
    events: {} as GroupsCollectEvent,
  },
  actors: {
    read: promiseNotProvided<GroupsReading, undefined>('read'),
    confirm: promiseNotProvided<{ agents: number }, { version: number }>('confirm'),
  },
  actions: {
    enter: assign({
      connected: ({ context, event }) => more(context.connected, connectionIn(event)),
      without: ({ context, event }) => more(context.without, connectionIn(event)),
    }),
    leave: assign({
      connected: ({ context, event }) => less(context.connected, connectionIn(event)),
      pending: ({ context, event }) => less(context.pending, connectionIn(event)),
      without: ({ context, event }) => less(context.without, connectionIn(event)),
    }),
    tickOff: assign({
      pending: ({ context, event }) => less(context.pending, connectionIn(event)),
      without: ({ context, event }) =>
        event.type === 'groups.sent' && event.wasTaken
          ? less(context.without, event.connectionId)
          : more(context.without, connectionIn(event)),
    }),
    keepNews: assign({
      version: (_, reading: GroupsReading) => reading.lastVersion + 1,
      published: (_, reading: GroupsReading) => reading,
      pending: ({ context }) => context.connected,
      without: ({ context }) => context.connected,
    }),
    publish: (_, _params: { version: number }) => actionNotProvided('publish')(),
    announceReading: raise({ type: 'reading.begun' }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logNothingNew: actionNotProvided('logNothingNew'),
    logFinished: actionNotProvided('logFinished'),
    logFailed: actionNotProvided('logFailed'),
    logUnconfirmed: actionNotProvided('logUnconfirmed'),
  },
  guards: {
    isAlone: ({ context }) => context.connected.length === 0,
    hasRead: ({ context }) => context.published !== null,
    isChanged: stateIn({ changes: 'noted' }),
    isNews: ({ context: { published } }, reading: GroupsReading) =>
      published === null ||
      reading.hash !== published.hash ||
      (reading.agents > 0 && reading.digest !== published.digest),
    /** News that everybody has, and that is still marked as unsynced: the one who was late has come up. */
    isOwedToNobody: ({ context }, reading: GroupsReading) =>
      reading.agents > 0 && context.without.length === 0 && context.connected.length > 0,
    isCurrent: ({ context, event }) => event.type === 'groups.sent' && event.version >= context.version,
    isSentToAll: ({ context }) => context.pending.length === 0,
    isTakenByAll: ({ context }) =>
      context.pending.length === 0 && context.without.length === 0 && context.connected.length > 0,
  },
  delays: {
    startDelay: ({ context }) => context.startDelayMs,
    interval: ({ context }) => context.intervalMs,
  },
}).createMachine({
  id: 'groupsCollect',
  context: ({ input }) => ({
    ...input,
    version: 0,
    published: null,
    connected: [],
    pending: [],
    without: [],
    failure: null,
  }),
  type: 'parallel',
  on: {
    'worker.joined': { actions: 'enter' },
    'worker.left': { actions: 'leave' },
    'groups.sent': { guard: 'isCurrent', actions: 'tickOff' },
  },
  states: {
    changes: {
      initial: 'none',
      states: {
        none: { on: { 'groups.changed': 'noted' } },
        // What could not be read is tried again after the usual pause.
        noted: { on: { 'reading.begun': 'none', 'xstate.error.actor.read': 'none' } },
      },
    },
    work: {
      initial: 'alone',
      states: {
        alone: {
          on: {
            'worker.joined': [
              { guard: 'hasRead', target: 'pausing', actions: 'enter' },
              { target: 'gathering', actions: 'enter' },
            ],
          },
        },
        gathering: {
          always: { guard: 'isAlone', target: 'alone' },
          after: { startDelay: 'reading' },
        },
        pausing: {
          always: [
            { guard: 'isAlone', target: 'alone' },
            { guard: 'isChanged', target: 'reading' },
          ],
          after: { interval: 'reading' },
        },
        reading: {
          entry: ['announceReading', 'logStarting'],
          invoke: {
            id: 'read',
            src: 'read',
            onDone: [
              {
                guard: { type: 'isNews', params: ({ event }) => event.output },
                target: 'distributing',
                actions: [
                  { type: 'keepNews', params: ({ event }) => event.output },
                  { type: 'publish', params: ({ context }) => ({ version: context.version }) },
                ],
              },
              {
                guard: { type: 'isOwedToNobody', params: ({ event }) => event.output },
                target: 'confirming',
                actions: 'logNothingNew',
              },
              { target: 'pausing', actions: 'logNothingNew' },
            ],
            onError: {
              target: 'pausing',
              actions: [{ type: 'keepFailure', params: ({ event }) => failureOf(event.error) }, 'logFailed'],
            },
          },
        },
        distributing: {
          always: [
            { guard: 'isTakenByAll', target: 'confirming', actions: 'logFinished' },
            { guard: 'isSentToAll', target: 'pausing', actions: 'logFinished' },
          ],
        },
        confirming: {
          invoke: {
            id: 'confirm',
            src: 'confirm',
            input: ({ context: { version } }) => ({ version }),
            onDone: 'pausing',
            onError: {
              target: 'pausing',
              actions: [
                { type: 'keepFailure', params: ({ event }) => failureOf(event.error) },
                'logUnconfirmed',
              ],
            },
          },
        },
      },
    },
  },
});
