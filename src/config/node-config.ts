/** One directory of the `files` section: what of it is synchronised, and how it is written. */
export interface FileItem {
  /** Path below the home with a slash at its end: `etc/rules/`. */
  readonly key: string;
  /** Mode of the files, as a number: 0o660. */
  readonly permissions: number;
  /** `['all']`, or base names. */
  readonly files: readonly string[];
  readonly recursive: boolean;
  readonly removeSubdirsIfEmpty: boolean;
  readonly extraValid: boolean;
}

export interface FilesConfig {
  readonly items: readonly FileItem[];
  readonly excludedFiles: readonly string[];
  readonly excludedExtensions: readonly string[];
}

/** Who keeps the agents; `auto` finds out when the node starts. */
export type StoreChoice = 'auto' | 'embedded' | 'wazuh-db';
/** Who registers agents; `auto` finds out when the node starts. */
export type RegistrationChoice = 'auto' | 'embedded' | 'authd';
/** What a node speaks with others; `auto` finds out. */
export type DialectChoice = 'auto' | 'muster' | 'wazuh4';
export type NodeRole = 'master' | 'worker';
export type SecurityMode = 'psk' | 'certificate' | 'none';
export type LogLevel = 'debug2' | 'debug' | 'info' | 'warning' | 'error';

export interface WorkerIntervals {
  readonly syncIntegrityMs: number;
  readonly syncAgentInfoMs: number;
  readonly syncAgentGroupsMs: number;
  readonly timeoutAgentGroupsMs: number;
  readonly keepAliveMs: number;
  /** Longest pause of the back-off. */
  readonly connectionRetryMs: number;
  readonly maxFailedKeepaliveAttempts: number;
  readonly agentGroupsMismatchLimit: number;
}

export interface MasterIntervals {
  readonly processPoolSize: number;
  readonly syncAgentGroupsMs: number;
  readonly timeoutExtraValidMs: number;
  readonly recalculateIntegrityMs: number;
  readonly timeoutAgentInfoMs: number;
  readonly agentGroupStartDelayMs: number;
  readonly checkWorkerLastKeepaliveMs: number;
  readonly maxAllowedTimeWithoutKeepaliveMs: number;
  readonly maxLockedIntegrityTimeMs: number;
}

export interface CommunicationIntervals {
  readonly timeoutClusterRequestMs: number;
  readonly timeoutDapiRequestMs: number;
  readonly timeoutReceivingFileMs: number;
  readonly maxZipSizeBytes: number;
  readonly minZipSizeBytes: number;
  readonly compressLevel: number;
  /** 0.2: a share, not per cent. */
  readonly zipLimitTolerance: number;
}

export interface SecurityConfig {
  readonly transport: SecurityMode;
  /** Keys accepted beside `NodeConfig.key`. */
  readonly acceptedKeys: readonly string[];
  /** Absolute paths; read only with `certificate`. */
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  readonly authorityFile: string;
  /** Name that the certificate of the master must have; never null on a worker with `certificate`. */
  readonly masterName: string | null;
}

/** Everything a node is told before it starts: checked, in one unit a kind, frozen. */
export interface NodeConfig {
  /** Absolute path. */
  readonly home: string;
  readonly clusterName: string;
  readonly nodeName: string;
  readonly role: NodeRole;
  /** The cluster key. Never to be logged; log.ts is told of it. */
  readonly key: string;
  readonly port: number;
  readonly bindAddress: string;
  /** Where a worker finds the master. */
  readonly masterAddress: { readonly host: string; readonly port: number };
  /** All `<node>` entries as written. */
  readonly nodes: readonly string[];
  readonly hidden: boolean;
  /** True: the daemon has nothing to do. The other cluster values are then unchecked. */
  readonly disabled: boolean;
  readonly files: FilesConfig;
  readonly intervals: {
    readonly worker: WorkerIntervals;
    readonly master: MasterIntervals;
    readonly communication: CommunicationIntervals;
  };
  /** Never `auto` where nodes trust certificates. */
  readonly dialect: DialectChoice;
  /** The version of Wazuh 4.x that nodes of it have to have, and are told. */
  readonly compatibleVersion: string;
  readonly distributedApiEnabled: boolean;
  readonly security: SecurityConfig;
  readonly push: { readonly enabled: boolean; readonly watch: boolean; readonly debounceMs: number };
  readonly connection: {
    readonly handshakeTimeoutMs: number;
    readonly maxConnections: number;
  };
  readonly agents: {
    readonly store: StoreChoice;
    readonly registration: RegistrationChoice;
    /** Age of the last keepalive of an agent at which it counts as disconnected (`agents_disconnection_time`). */
    readonly disconnectionMs: number;
  };
  readonly log: { readonly level: LogLevel; readonly rotate: boolean };
  /** What was read, in the order of reading; for the log. */
  readonly sources: readonly string[];
  /** What was understood although it is not as it should be. */
  readonly warnings: readonly string[];
}
