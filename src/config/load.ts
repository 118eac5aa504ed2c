import { resolve } from 'node:path';
import { MusterError } from '../protocol/errors.ts';
import { checkSection } from './check-section.ts';
import { filesConfig, readClusterJson } from './cluster-json.ts';
import { disconnectionMs } from './disconnection-time.ts';
import { inHome } from './home.ts';
import { homeTrouble } from './home-trouble.ts';
import { installedVersion, untriedVersion } from './installed-version.ts';
import { readLogLevel } from './internal-options.ts';
import { readMusterJson } from './muster-json.ts';
import type {
  CommunicationIntervals,
  DialectChoice,
  MasterIntervals,
  NodeConfig,
  SecurityConfig,
  WorkerIntervals,
} from './node-config.ts';
import { readOssecConf } from './ossec-conf.ts';
import type { ClusterJson } from './schema/cluster-json.ts';
import type { MusterJson } from './schema/muster-json.ts';

/**
 * Reads everything that a node is told by files below its home: etc/ossec.conf, cluster.json, etc/muster.json and the
 * internal options. Read once, at the start; only the keys are taken up while a node runs (src/node/reload-keys.ts).
 *
 * Throws 3004 (a value is wrong), 3005 (cluster.json) or 3006 (ossec.conf cannot be read, or there is no home), each with file, key, what
 * was found and what is allowed.
 */
export async function loadConfig(home: string): Promise<NodeConfig> {
  const root = resolve(home);
  const trouble = await homeTrouble(root);
  if (trouble !== null) throw new MusterError(3006, trouble);
  const ossecConf = inHome(root, 'ossecConf');
  const conf = await readOssecConf(ossecConf);
  const section = checkSection(conf.cluster, ossecConf);
  const cluster = await readClusterJson(root);
  const muster = await readMusterJson(root);
  const { level, source: levelSource } = await readLogLevel(root);
  const { warnings, ...identity } = section;
  if (!section.disabled && section.role === 'worker') checkMasterName(root, muster.settings);
  const { intervals } = cluster.settings;
  const sources = [ossecConf, cluster.source, muster.source, levelSource].filter((path) => path !== null);
  const dialect = dialectChoice(muster.settings);
  const compatibleVersion = muster.settings.cluster.compatible_version ?? (await installedVersion(root));
  const untried = dialect === 'muster' ? null : untriedVersion(compatibleVersion);
  return deepFreeze<NodeConfig>({
    home: root,
    ...identity,
    masterAddress: { host: identity.nodes[0] ?? '', port: identity.port },
    files: filesConfig(cluster.settings.files),
    intervals: {
      worker: workerIntervals(intervals.worker),
      master: masterIntervals(intervals.master),
      communication: communicationIntervals(intervals.communication),
    },
    dialect,
    compatibleVersion,
    distributedApiEnabled: cluster.settings.distributed_api.enabled,
    security: securityConfig(root, muster.settings),
    ...musterExtras(muster.settings),
    agents: {
      store: muster.settings.agents.store,
      registration: muster.settings.agents.registration,
      disconnectionMs: disconnectionMs(conf.disconnectionTime, ossecConf),
    },
    log: { level, rotate: muster.settings.log.rotate },
    sources,
    warnings: [...warnings, ...cluster.warnings, ...(untried === null ? [] : [untried])],
  });
}

/** Timers take whole milliseconds; a value above nothing stays above nothing. */
const toMs = (seconds: number): number => (seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000)));

function workerIntervals(w: ClusterJson['intervals']['worker']): WorkerIntervals {
  return {
    syncIntegrityMs: toMs(w.sync_integrity),
    syncAgentInfoMs: toMs(w.sync_agent_info),
    syncAgentGroupsMs: toMs(w.sync_agent_groups),
    timeoutAgentGroupsMs: toMs(w.timeout_agent_groups),
    keepAliveMs: toMs(w.keep_alive),
    connectionRetryMs: toMs(w.connection_retry),
    maxFailedKeepaliveAttempts: w.max_failed_keepalive_attempts,
    agentGroupsMismatchLimit: w.agent_groups_mismatch_limit,
  };
}

function masterIntervals(m: ClusterJson['intervals']['master']): MasterIntervals {
  return {
    processPoolSize: m.process_pool_size,
    syncAgentGroupsMs: toMs(m.sync_agent_groups),
    timeoutExtraValidMs: toMs(m.timeout_extra_valid),
    recalculateIntegrityMs: toMs(m.recalculate_integrity),
    timeoutAgentInfoMs: toMs(m.timeout_agent_info),
    agentGroupStartDelayMs: toMs(m.agent_group_start_delay),
    checkWorkerLastKeepaliveMs: toMs(m.check_worker_lastkeepalive),
    maxAllowedTimeWithoutKeepaliveMs: toMs(m.max_allowed_time_without_keepalive),
    maxLockedIntegrityTimeMs: toMs(m.max_locked_integrity_time),
  };
}

function communicationIntervals(c: ClusterJson['intervals']['communication']): CommunicationIntervals {
  return {
    timeoutClusterRequestMs: toMs(c.timeout_cluster_request),
    timeoutDapiRequestMs: toMs(c.timeout_dapi_request),
    timeoutReceivingFileMs: toMs(c.timeout_receiving_file),
    maxZipSizeBytes: c.max_zip_size,
    minZipSizeBytes: c.min_zip_size,
    compressLevel: c.compress_level,
    zipLimitTolerance: c.zip_limit_tolerance,
  };
}

function securityConfig(home: string, { security }: MusterJson): SecurityConfig {
  return {
    transport: security.transport,
    acceptedKeys: security.accepted_keys,
    certificateFile: resolve(home, security.certificate),
    privateKeyFile: resolve(home, security.private_key),
    authorityFile: resolve(home, security.authority),
    masterName: security.master_name,
  };
}

/** Whoever trusts certificates is not to be joined by somebody who knows the cluster key. */
function dialectChoice({ cluster, security }: MusterJson): DialectChoice {
  return cluster.dialect === 'auto' && security.transport === 'certificate' ? 'muster' : cluster.dialect;
}

/** Certificates say who a node is, and not that it is the master: a worker has to be told the master's name. */
function checkMasterName(home: string, { security }: MusterJson): void {
  if (security.transport !== 'certificate' || security.master_name !== null) return;
  throw new MusterError(
    3004,
    `${inHome(home, 'musterJson')}: security.master_name is absent; with "certificate" a worker needs the node_name of the master`,
  );
}

function musterExtras({ push, connection }: MusterJson) {
  return {
    push: { enabled: push.enabled, watch: push.watch, debounceMs: toMs(push.debounce) },
    connection: {
      handshakeTimeoutMs: toMs(connection.handshake_timeout),
      maxConnections: connection.max_connections,
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
