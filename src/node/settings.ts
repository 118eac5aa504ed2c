import type { ClientSettings } from '../../machines/connection/client-handler.ts';
import type { ServerSettings } from '../../machines/connection/server-handler.ts';
import type { NodeConfig } from '../config/node-config.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts';

/** Time for what is queued to be sent when a connection is closed in order. */
export const CLOSE_TIMEOUT_MS = 3_000;
/** First pause before a failed integrity round is tried again. */
export const INTEGRITY_RETRY_MS = 500;
/** First pause before a lost master is tried again. */
export const CONNECT_RETRY_MS = 200;
/** First pause before a failed round of agent-info is tried again. */
export const AGENT_INFO_RETRY_MS = 1_000;
/** Chunks of agent-info that travel together, 64 KiB each: what is sent again after a cut. */
export const MAX_AGENT_INFO_CHUNKS = 32;
/** Pause between two looks for agents that are silent, and for agents that came or went by files. */
export const AGENTS_LOOK_MS = 10_000;
/** First pause after a look that failed. */
export const AGENTS_RETRY_MS = 2_000;
/** Pause before the registration of agents that is not open, or was lost, is opened anew. */
export const REGISTRATION_RETRY_MS = 2_000;
/** Local clients at the same time. */
export const MAX_LOCAL_CLIENTS = 1024;
/** Requests of one local client that are worked on at once, those of the distributed API aside. */
export const MAX_LOCAL_REQUESTS = 64;
/** A local client that asks nothing for so long is dropped. */
export const LOCAL_IDLE_MS = 120_000;

/** What all local clients together may have begun and not finished, beside the following. Whoever asks for more is refused (3110). */
export const MAX_LOCAL_PENDING_BYTES = 4 * MAX_MESSAGE_BYTES;
/** What each of them has of its own: small requests are served whatever the others have begun. */
export const LOCAL_OWN_PENDING_BYTES = 65_536;

/** What all local clients together may leave unread of what they asked for. Beyond that the one that leaves most is dropped (3110). */
export const MAX_LOCAL_UNREAD_BYTES = 4 * MAX_MESSAGE_BYTES;

/** What the handlers of a master go by. */
export function serverSettings({ intervals, connection }: NodeConfig): ServerSettings {
  const { master, worker, communication } = intervals;
  return {
    helloTimeoutMs: connection.handshakeTimeoutMs,
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    keepaliveIntervalMs: master.checkWorkerLastKeepaliveMs,
    maxFailedKeepalives: worker.maxFailedKeepaliveAttempts,
    maxSilenceMs: master.maxAllowedTimeWithoutKeepaliveMs,
    maxLockedIntegrityMs: master.maxLockedIntegrityTimeMs,
    grantTimeoutMs: communication.timeoutClusterRequestMs,
    receiveTimeoutMs: communication.timeoutReceivingFileMs,
    agentInfoTimeoutMs: master.timeoutAgentInfoMs,
    retryGroupsMs: master.syncAgentGroupsMs,
    groupsAnswerTimeoutMs: worker.timeoutAgentGroupsMs + communication.timeoutClusterRequestMs,
    maxPackageBytes: communication.maxZipSizeBytes,
    minPackageBytes: communication.minZipSizeBytes,
    packageLimitTolerance: communication.zipLimitTolerance,
  };
}

/** What the handler of a worker goes by. */
export function clientSettings({ intervals: { master, worker, communication } }: NodeConfig): ClientSettings {
  return {
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    keepaliveIntervalMs: worker.keepAliveMs,
    maxFailedKeepalives: worker.maxFailedKeepaliveAttempts,
    maxSilenceMs: master.maxAllowedTimeWithoutKeepaliveMs,
    syncIntegrityMs: worker.syncIntegrityMs,
    retryIntegrityMs: INTEGRITY_RETRY_MS,
    receiveTimeoutMs: communication.timeoutReceivingFileMs,
    // Behind that an original gives nobody's process any more time.
    packTimeoutMs: master.maxLockedIntegrityTimeMs,
    syncAgentInfoMs: worker.syncAgentInfoMs,
    retryAgentInfoMs: AGENT_INFO_RETRY_MS,
    maxAgentInfoChunks: MAX_AGENT_INFO_CHUNKS,
    agentInfoResultTimeoutMs: master.timeoutAgentInfoMs + communication.timeoutClusterRequestMs,
    groupsTimeoutMs: worker.timeoutAgentGroupsMs,
    groupsSettleMs: worker.syncAgentGroupsMs,
    groupsMismatchLimit: worker.agentGroupsMismatchLimit,
  };
}
