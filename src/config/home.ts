import { join } from 'node:path';

/** Where things lie below a node's home. One place, so that nobody spells a path twice. */
export const homePaths = {
  ossecConf: 'etc/ossec.conf',
  musterJson: 'etc/muster.json',
  clusterJson: 'etc/cluster.json',
  /** Where an existing installation keeps it. */
  installedClusterJson: 'framework/wazuh/core/cluster/cluster.json',
  /** Both of an existing installation; they name its version. */
  installedCluster: 'framework/wazuh/core/cluster/__init__.py',
  wazuhControl: 'bin/wazuh-control',
  internalOptions: 'etc/internal_options.conf',
  localInternalOptions: 'etc/local_internal_options.conf',
  clientKeys: 'etc/client.keys',
  clusterQueue: 'queue/cluster',
  localSocket: 'queue/cluster/c-internal.sock',
  clusterLog: 'logs/cluster.log',
  rotatedLogs: 'logs/cluster',
  recording: 'logs/machines.trace',
  run: 'var/run',
  apiUsers: 'etc/api/users.json',
  apiTokenKey: 'etc/api/token.key',
} as const;

/** The absolute path of one of them. */
export function inHome(home: string, name: keyof typeof homePaths): string {
  return join(home, homePaths[name]);
}
