import { digestBytes } from '../files/digest.ts';
import type { NodeServices } from './services.ts';
import { incomingDirectory } from './spool.ts';
import { provideTransfers, type Transfers } from './transfers/index.ts';
import { MAX_SPOOL_AGE_MS, MAX_SPOOL_PEER_BYTES } from './transfers/limits.ts';

/** The transfers of a node: arriving files lie in a directory of the peer's name. */
export function nodeTransfers(services: NodeServices): Transfers {
  const { config, status, channels, clock, pool } = services;
  const log = services.log.tagged(
    config.role === 'master' ? 'Master' : `Worker ${config.nodeName}`,
    'Transfer',
  );
  const nameOf = (connectionId: number) => status.workers.get(connectionId)?.name ?? config.nodeName;
  return provideTransfers({
    channels,
    clock,
    digestFile: (path) => pool.digestFile(path),
    digestBytes,
    spoolDirectory: (connectionId) => incomingDirectory(config.home, nameOf(connectionId)),
    log: {
      ended: ({ kind, subject, outcome, sizeBytes, durationMs, failure }) =>
        log.debug(
          `${kind} ${subject}: ${outcome}, ${sizeBytes} bytes in ${(durationMs / 1000).toFixed(3)}s${failure === null ? '' : `: Error ${failure.code} - ${failure.message}`}`,
        ),
      trouble: (_connectionId, what, error) => log.warning(what, { error }),
    },
  });
}

/** When a peer connects: what it left behind is kept as long as it may be resumed, as much as it may have at all. */
export function pruneIncoming(services: NodeServices, transfers: Transfers, peer: string): void {
  const { config, clock, log } = services;
  transfers
    .prune(incomingDirectory(config.home, peer), {
      maxBytes: MAX_SPOOL_PEER_BYTES,
      maxAgeMs: MAX_SPOOL_AGE_MS,
      nowMs: clock.now(),
    })
    .catch((error) =>
      log.tagged('Cluster', 'Transfer').warning(`Old files of ${peer} could not be removed`, { error }),
    );
}
