import { createHash } from 'node:crypto';
import { fromPromise } from 'xstate';
import { type GroupsReading, groupsCollectMachine } from '../../../machines/agent-groups/collect.ts';
import { UNKNOWN } from '../../../machines/failure.ts';
import type { AgentGroups } from '../../agents/store.ts';
import { faultPoint } from '../../fault-point.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import { told } from './failures.ts';
import type { GroupsVersion } from './groups-journal.ts';
import { pagesOf } from './groups-pages.ts';

/** Where what was collected goes to. */
export interface Publisher {
  lastVersion(): number;
  publish(version: number, content: GroupsVersion): void;
}

/** The master's local agent-groups with their effects; once a node. Specification: Local agent-groups thread. */
export function collectGroups(services: NodeServices, { lastVersion, publish }: Publisher) {
  const log = services.log.tagged('Master', 'Local agent-groups');
  const watch = new Stopwatch(services.clock);
  let aside: GroupsVersion = { agents: [], hash: null };
  return groupsCollectMachine.provide({
    actors: {
      read: fromPromise<GroupsReading, undefined>(async ({ signal }) => {
        const digest = createHash('sha256');
        const agents: AgentGroups[] = [];
        let hash: string | null = null;
        for await (const page of pagesOf(services.store.current, 'unsynced', signal)) {
          for (const agent of page.agents) digest.update(JSON.stringify(agent));
          agents.push(...page.agents);
          hash = page.hash ?? null;
        }
        aside = { agents, hash };
        if (agents.length > 0) faultPoint('groups.read');
        return {
          agents: agents.length,
          digest: digest.digest('hex'),
          lastVersion: lastVersion(),
          hash,
        };
      }),
      confirm: fromPromise<{ agents: number }, { version: number }>(async () => {
        const agents = await services.store.current.confirmAgentGroups(aside.agents);
        faultPoint('groups.confirmed');
        return { agents };
      }),
    },
    actions: {
      publish: (_, { version }) => publish(version, aside),
      logStarting: ({ self }) => {
        watch.start(self);
        log.debug('Starting.');
      },
      logNothingNew: ({ self }) => log.debug(`Finished in ${watch.told(self)} (nothing new).`),
      logFinished: ({ self, context: { published, without } }) => {
        log.info(`Finished in ${watch.told(self)} (${published?.agents ?? 0} agents sent).`);
        if (without.length > 0) log.debug(`${without.length} workers did not take them yet.`);
      },
      logFailed: ({ context: { failure } }) =>
        log[services.store.levelOf(failure)](`Agent-groups could not be read: ${told(failure ?? UNKNOWN)}`),
      logUnconfirmed: ({ context: { failure } }) =>
        log[services.store.levelOf(failure)](
          `Agent-groups could not be marked as sent: ${told(failure ?? UNKNOWN)}`,
        ),
    },
  });
}
