import type { NodeConfig } from '../config/node-config.ts';
import { digestBytes } from '../files/digest.ts';
import type { Clock } from './clock.ts';
import { told } from './effects/failures.ts';
import { RejectionLog } from './effects/rejection-log.ts';
import type { NodeServices } from './services.ts';
import { incomingDirectories, incomingDirectory } from './spool.ts';
import { provideTransfers, type Transfers } from './transfers/index.ts';
import {
  MAX_SPOOL_AGE_MS,
  MAX_SPOOL_PEER_BYTES,
  MAX_SPOOL_PEER_FILES,
  MAX_SPOOL_WORKER_BYTES,
  MAX_SPOOL_WORKER_FILES,
  MAX_SPOOL_WORKER_SENT_BYTES,
  MAX_SPOOL_WORKER_SENT_FILES,
} from './transfers/limits.ts';
import { allowedBy } from './transfers/quotas.ts';

/**
 * What somebody should know. A transfer that stood still: a peer that reserves and does not send costs room for as long as the
 * deadline. And content that is not the announced one: what is said of its file later does not tell why it is not there.
 */
const LEVELS: Readonly<Record<number, 'warning' | 'info'>> = { 3111: 'warning', 3112: 'info' };

/** The transfers of a node: arriving files lie in a directory of the peer's name. */
export function nodeTransfers(services: NodeServices): Transfers {
  const { config, status, channels, clock, pool } = services;
  const log = services.log.tagged(
    config.role === 'master' ? 'Master' : `Worker ${config.nodeName}`,
    'Transfer',
  );
  const noted = {
    warning: new RejectionLog(clock, (line) => log.warning(line), 'transfers'),
    info: new RejectionLog(clock, (line) => log.info(line), 'transfers'),
  };
  const nameOf = (connectionId: number) => status.workers.get(connectionId)?.name ?? config.nodeName;
  return provideTransfers({
    channels,
    clock,
    digestFile: (path) => pool.digestFile(path),
    digestBytes,
    spoolDirectory: (connectionId) => incomingDirectory(config.home, nameOf(connectionId)),
    spoolDirectories: async () => incomingDirectories(config.home),
    limits: peerLimits(config),
    log: {
      ended: ({ connectionId, kind, subject, outcome, sizeBytes, durationMs, failure }) => {
        const took = `${(durationMs / 1000).toFixed(3)}s`;
        const peer = channels.find(connectionId)?.peer.address;
        const name = config.role === 'master' ? nameOf(connectionId) : (status.master?.name ?? 'the master');
        const from = `${name}${peer === undefined ? '' : ` at ${peer}`}`;
        const line = `${kind} ${subject}, ${from}: ${outcome}, of ${sizeBytes} bytes, in ${took}`;
        const level = failure === null ? undefined : LEVELS[failure.code];
        if (failure !== null && level !== undefined && noted[level].note(line, failure)) return;
        log.debug(failure === null ? line : `${line}: ${told(failure)}`);
      },
      trouble: (_connectionId, what, error) => log.warning(what, { error }),
    },
  });
}

const LIMITS_OF_WORKER = {
  spoolPeerBytes: MAX_SPOOL_WORKER_BYTES,
  spoolPeerFiles: MAX_SPOOL_WORKER_FILES,
  spoolSentBytes: MAX_SPOOL_WORKER_SENT_BYTES,
  spoolSentFiles: MAX_SPOOL_WORKER_SENT_FILES,
};
const LIMITS_OF_MASTER = {
  spoolPeerBytes: MAX_SPOOL_PEER_BYTES,
  spoolPeerFiles: MAX_SPOOL_PEER_FILES,
  spoolSentBytes: MAX_SPOOL_PEER_BYTES,
  spoolSentFiles: MAX_SPOOL_PEER_FILES,
};

/** What files of a peer may take here; the peer of a master is a worker. */
const peerLimits = ({ role }: NodeConfig) => (role === 'master' ? LIMITS_OF_WORKER : LIMITS_OF_MASTER);

const pruneOptions = (config: NodeConfig, clock: Clock) => ({
  allowed: allowedBy(peerLimits(config)),
  maxAgeMs: MAX_SPOOL_AGE_MS,
  nowMs: clock.now(),
});

/** When a peer connects: what it left behind is kept as long as it may be resumed, as much as it may have at all. */
export function pruneIncoming(services: NodeServices, transfers: Transfers, peer: string): void {
  const { config, clock, log } = services;
  transfers
    .prune(incomingDirectory(config.home, peer), pruneOptions(config, clock))
    .catch((error) =>
      log.tagged('Cluster', 'Transfer').warning(`Old files of ${peer} could not be removed`, { error }),
    );
}

/** Removes from the directories of all peers what nobody is going to use. False if some of it could not be removed. */
export async function sweepIncoming(services: NodeServices, transfers: Transfers): Promise<boolean> {
  const { config, clock } = services;
  const log = services.log.tagged('Cluster', 'Transfer');
  try {
    const { removed, failures } = await transfers.sweep(pruneOptions(config, clock));
    if (removed.length > 0) log.debug(`${removed.length} old files of peers were removed.`);
    for (const error of failures) log.warning('Old files of peers could not be removed', { error });
    return failures.length === 0;
  } catch (error) {
    log.warning('Old files of peers could not be removed', { error });
    return false;
  }
}
