import type { NodeConfig } from '../../config/node-config.ts';
import { WAZUH4_MAX_LIST_PACKAGE_BYTES, WAZUH4_MAX_PACKAGE_BYTES } from '../../files/wazuh4/limits.ts';
import type { Dialect } from '../../protocol/dialects/dialect.ts';
import { musterDialect } from '../../protocol/dialects/muster.ts';
import { isWazuh4Header } from '../../protocol/dialects/wazuh4/header.ts';
import type { KeyRing } from '../../transport/keys.ts';
import type { Connection } from '../../transport/transport.ts';
import { BulkMemory } from './bulk-memory.ts';
import type { DialectMemory } from './dialect-memory.ts';
import { KinCipher } from './kinship.ts';
import { MAX_WORKER_SENT_FILE_BYTES } from './limits.ts';
import { Wazuh4LocalPeer } from './local-peer.ts';
import { Wazuh4Peer } from './peer-dialect.ts';

/**
 * What this node speaks with a client of its local socket: the first bytes that it has sent tell, whatever nodes speak with
 * each other. There is no cipher that could be the weaker one.
 */
export function clientDialects({ role, home, compatibleVersion }: NodeConfig): (head: Uint8Array) => Dialect {
  return (head) =>
    isWazuh4Header(head) ? new Wazuh4LocalPeer({ role, home, compatibleVersion }) : musterDialect;
}

/** What this node speaks over a connection: its own dialect is one for all, the other one for each. */
export function dialects(
  { role, nodeName, compatibleVersion, dialect }: NodeConfig,
  keys: KeyRing,
  dialectMemory: DialectMemory,
): (connection: Connection) => Dialect {
  const options = { role, nodeName, compatibleVersion, ...mostBytes(role) };
  const memory = new BulkMemory();
  const cipher = () =>
    new KinCipher({
      clusterKeys: keys.clusterKeys,
      role,
      // A master serves its own dialect, too, whatever it is told.
      isChoosing: role === 'master' || dialect === 'auto',
      onKin: () => dialectMemory.noteAnswer('muster'),
    });
  return ({ peer }) =>
    peer.dialect === 'muster' ? musterDialect : new Wazuh4Peer(options, cipher(), memory);
}

/** What is reckoned for files of the other side, which does not say how large they are. */
const mostBytes = (role: NodeConfig['role']) =>
  role === 'master'
    ? { maxFileBytes: WAZUH4_MAX_LIST_PACKAGE_BYTES, maxSentFileBytes: MAX_WORKER_SENT_FILE_BYTES }
    : { maxFileBytes: WAZUH4_MAX_PACKAGE_BYTES, maxSentFileBytes: WAZUH4_MAX_PACKAGE_BYTES };
