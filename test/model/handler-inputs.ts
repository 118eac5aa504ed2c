import type { InputFrom } from 'xstate';
import type { clientHandlerMachine } from '../../machines/connection/client-handler.ts';
import type { LocalHandlerInput } from '../../machines/connection/local-handler.ts';
import type { serverHandlerMachine } from '../../machines/connection/server-handler.ts';

/** What the handlers of connections are given in their models. */

export const workerSide: InputFrom<typeof clientHandlerMachine> = {
  connectionId: 7,
  remote: '127.0.0.1:1516',
  settings: {
    closeTimeoutMs: 500,
    keepaliveIntervalMs: 2_000,
    maxFailedKeepalives: 2,
    maxSilenceMs: 9_000,
    syncIntegrityMs: 9_000,
    retryIntegrityMs: 1_000,
    receiveTimeoutMs: 5_000,
    packTimeoutMs: 60_000,
    syncAgentInfoMs: 10_000,
    retryAgentInfoMs: 1_000,
    maxAgentInfoChunks: 32,
    agentInfoResultTimeoutMs: 60_000,
    groupsTimeoutMs: 40_000,
    groupsSettleMs: 30_000,
    groupsMismatchLimit: 10,
  },
};

export const masterSide: InputFrom<typeof serverHandlerMachine> = {
  connectionId: 7,
  remote: '127.0.0.1:5000',
  handshakeMs: 1_000,
  publishedDigest: null,
  groupsVersion: 0,
  settings: {
    helloTimeoutMs: 5_000,
    closeTimeoutMs: 500,
    keepaliveIntervalMs: 2_000,
    maxFailedKeepalives: 2,
    maxSilenceMs: 9_000,
    maxLockedIntegrityMs: 60_000,
    grantTimeoutMs: 5_000,
    receiveTimeoutMs: 5_000,
    agentInfoTimeoutMs: 40_000,
    retryGroupsMs: 10_000,
    groupsAnswerTimeoutMs: 60_000,
    maxPackageBytes: 1_000,
    minPackageBytes: 100,
    packageLimitTolerance: 0.2,
  },
};

export const localSide: LocalHandlerInput = {
  connectionId: 7,
  requestTimeoutMs: 1_000,
  idleTimeoutMs: 5_000,
  closeTimeoutMs: 500,
  maxRequests: 2,
};
