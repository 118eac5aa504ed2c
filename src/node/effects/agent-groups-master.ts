import { MAX_NODES } from '../../protocol/limits.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { broadcastGroups } from './groups-broadcast.ts';
import { collectGroups } from './groups-collect.ts';
import { GroupsJournal } from './groups-journal.ts';
import { sendGroups } from './groups-send.ts';

/**
 * The master's agent-groups with their effects: `collect` once a node, `broadcast` once a connection. `publish` tells
 * all broadcasts of a version. Specification: Local agent-groups thread, Agent groups send thread.
 */
export function masterAgentGroups(
  services: NodeServices,
  transfers: Transfers,
  publish: (version: number) => void,
) {
  const journal = new GroupsJournal();
  /** The version that each worker has, by its name: connections come and go. Those that were heard of last. */
  const acknowledged = new Map<string, number>();
  const noteAcknowledged = (connectionId: number, version: number) => {
    const name = services.status.workers.get(connectionId)?.name;
    if (name === undefined) return;
    acknowledged.delete(name);
    acknowledged.set(name, version);
    const [oldest] = acknowledged.keys();
    if (acknowledged.size > MAX_NODES && oldest !== undefined) acknowledged.delete(oldest);
  };
  return {
    collect: collectGroups(services, {
      lastVersion: () => journal.lastVersion,
      publish: (version, content) => {
        if (acknowledged.size > 0) journal.forgetUpTo(Math.min(...acknowledged.values()));
        journal.add(version, content);
        publish(version);
      },
    }),
    broadcast: broadcastGroups(services, sendGroups(services, transfers, journal), noteAcknowledged),
    /** What was published last; 0 before the first. */
    version: (): number => journal.lastVersion,
    /** The version that the worker of this name has; 0 if that is not known. */
    acknowledgedBy: (name: string): number => acknowledged.get(name) ?? 0,
  };
}

export type MasterAgentGroups = ReturnType<typeof masterAgentGroups>;
