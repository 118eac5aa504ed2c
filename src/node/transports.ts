import { readFileSync } from 'node:fs';
import type { NodeConfig } from '../config/node-config.ts';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { KeyRing } from '../transport/keys.ts';
import { checkSecurity } from '../transport/policy.ts';
import { TcpTransport } from '../transport/tcp.ts';
import { TlsCertificateTransport } from '../transport/tls-certificate.ts';
import { TlsPskTransport } from '../transport/tls-psk.ts';
import type { Transport } from '../transport/transport.ts';
import { AutoTransport } from './wazuh4/auto-transport.ts';
import { DialectMemory } from './wazuh4/dialect-memory.ts';

/** The way between the nodes, as the configuration wants it. Throws 3118 for an insecure one that is not allowed, 3004 for a certificate or key that cannot be read. */
export function clusterTransport(
  config: NodeConfig,
  insecure: boolean,
  keys: KeyRing = new KeyRing(config.key, config.security.acceptedKeys),
  memory: DialectMemory = new DialectMemory(),
): Transport {
  const { dialect, masterAddress, role } = config;
  if (role === 'master') return ownTransport(config, insecure, keys);
  // Its messages are protected one by one; what that is worth stands in docs/compatibility.md.
  const wazuh4 = new TcpTransport(masterAddress, 'wazuh4');
  if (dialect === 'wazuh4') return wazuh4;
  const own = ownTransport(config, insecure, keys);
  return dialect === 'auto' ? new AutoTransport(own, wazuh4, memory) : own;
}

function ownTransport(config: NodeConfig, insecure: boolean, keys: KeyRing): Transport {
  const { security, nodeName } = config;
  const address =
    config.role === 'master' ? { host: config.bindAddress, port: config.port } : config.masterAddress;
  checkSecurity({ host: address.host, isSecure: security.transport !== 'none', insecure });
  if (security.transport === 'none') return new TcpTransport(address);
  if (security.transport === 'psk') {
    return new TlsPskTransport({ ...address, nodeName, keys });
  }
  return new TlsCertificateTransport({
    ...address,
    certificate: readPem('certificate', security.certificateFile),
    privateKey: readPem('private_key', security.privateKeyFile),
    authority: readPem('authority', security.authorityFile),
    serverName: security.masterName,
  });
}

/** Throws 3004 with the name of the setting. */
function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MusterError(3004, `security.${setting}: ${path}: ${systemWords(error)}`, { cause: error });
  }
}
