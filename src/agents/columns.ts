import type { ReportedColumn } from './store.ts';

/** What a worker may set of an agent on the master. Who it is (id, name, key) comes from the master's `etc/client.keys`. */
export const WORKER_COLUMNS = [
  'ip',
  'os_name',
  'os_version',
  'os_major',
  'os_minor',
  'os_codename',
  'os_build',
  'os_platform',
  'os_uname',
  'os_arch',
  'version',
  'config_sum',
  'merged_sum',
  'manager_host',
  'node_name',
  'last_keepalive',
  'connection_status',
  'disconnection_time',
  'group_config_status',
  'status_code',
] as const;

/** What of an agent travels from a worker to the master, in this order: its name too, as existing clusters want it. */
export const INFO_COLUMNS = ['id', 'name', ...WORKER_COLUMNS] as const;

/** Of these, what each keepalive may change; they stand together. All others, and the labels, are an agent's profile. */
export const KEEPALIVE_COLUMNS = [
  'last_keepalive',
  'connection_status',
  'disconnection_time',
  'group_config_status',
  'status_code',
] as const satisfies readonly (typeof WORKER_COLUMNS)[number][];

export type InfoColumn = (typeof INFO_COLUMNS)[number];

/** Columns of these that hold numbers; the others hold texts. */
export const NUMBER_COLUMNS: ReadonlySet<InfoColumn> = new Set([
  'id',
  'last_keepalive',
  'disconnection_time',
  'status_code',
]);

/** What `update-agent-data` writes as it comes: absent means NULL. */
export const REPORTED_COLUMNS: readonly ReportedColumn[] = [
  'os_name',
  'os_version',
  'os_major',
  'os_minor',
  'os_codename',
  'os_platform',
  'os_build',
  'os_uname',
  'os_arch',
  'version',
  'config_sum',
  'merged_sum',
  'manager_host',
  'node_name',
];

export const CONNECTION_STATUSES: readonly string[] = [
  'pending',
  'never_connected',
  'active',
  'disconnected',
];
export const GROUP_CONFIG_STATUSES: readonly string[] = ['synced', 'not synced'];

/** `last_keepalive` of the manager itself: the last second of the year 9999. */
export const MANAGER_KEEPALIVE_S = 253_402_300_799;
