import { fromPromise } from 'xstate';
import { groupsFollowMachine } from '../../../machines/agent-groups/follow.ts';
import { mismatchCounterMachine } from '../../../machines/agent-groups/mismatch-counter.ts';
import { type Failure, UNKNOWN } from '../../../machines/failure.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { told } from './failures.ts';
import { GroupsVoice } from './groups-process.ts';
import { overwriteGroups, readHash, receiveGroups } from './groups-take.ts';

/** How a worker keeps its agent-groups like the master's, with effects. Specification: Agent groups send thread. */
export function workerAgentGroups(services: NodeServices, transfers: Transfers) {
  const { channels, config } = services;
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const changed = new GroupsVoice(services, false);
  const all = new GroupsVoice(services, true);
  const { log } = changed;
  const ask = fromPromise<void, { connectionId: number }>(async ({ input, signal }) => {
    await channels.get(input.connectionId).request('syn_w_g_c', {}, { timeoutMs, signal });
  });
  const logAsked = () => log.info('Asked the master for the groups of all agents.');
  const logUnasked = ({ context: { failure } }: { context: { failure: Failure | null } }) =>
    log.error(`The master could not be asked for all groups: ${told(failure ?? UNKNOWN)}`);

  return groupsFollowMachine.provide({
    actors: {
      receive: receiveGroups(services, transfers, changed),
      overwrite: overwriteGroups(services, transfers, all),
      readHash: readHash(services),
      ask,
      counter: mismatchCounterMachine.provide({
        actors: { ask },
        actions: {
          logMismatch: (_, { mismatches, limit }) =>
            log.debug(
              `Checksums differ ${mismatches} times in a row; after ${limit} all groups are asked for.`,
            ),
          logReset: () => log.debug('Checksums are equal again.'),
          logAsked,
          logUnasked,
        },
      }),
    },
    actions: {
      logAsked,
      logUnasked,
      logStrayed: () =>
        log.warning('Groups of agents have changed here and are no longer those that the master sent.'),
      logUnlooked: ({ context: { failure } }) =>
        log[services.store.levelOf(failure)](
          `The groups of agents here could not be compared: ${told(failure ?? UNKNOWN)}`,
        ),
      refuse: (_, { connectionId, counter, handles }) => {
        for (const handle of handles) transfers.strings.discard(connectionId, handle);
        channels.find(connectionId)?.fail(counter, new MusterError(3110, 'agent-groups are being written'));
      },
      tellCrash: (_, { isFull, failure, ...address }) => {
        const voice = isFull ? all : changed;
        voice.log.error(`The process crashed: ${told(failure)}`);
        voice.tellFailure(address, failure);
      },
    },
  });
}
