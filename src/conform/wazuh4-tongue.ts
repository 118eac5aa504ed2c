import { WAZUH4_MAX_PACKAGE_BYTES } from '../files/wazuh4/limits.ts';
import { Wazuh4Peer } from '../node/wazuh4/peer-dialect.ts';
import { exceptionOfError } from '../protocol/dialects/wazuh4/exceptions.ts';
import { encodeWazuh4Message } from '../protocol/dialects/wazuh4/frames.ts';
import { MusterError } from '../protocol/errors.ts';
import { Fernet } from '../transport/fernet.ts';
import { TcpTransport } from '../transport/tcp.ts';
import { otherKey, type Target, type Tongue } from './target.ts';

/** An unknown command, and a file with another digest: what is told of them there are words, and no exception. */
const TOLD_IN_WORDS: readonly number[] = [3109, 3112];

export function wazuh4Tongue({ host, port, key, release }: Target): Tongue {
  const cipher = new Fernet(key);
  const transport = new TcpTransport({ host, port }, 'wazuh4');
  return {
    name: 'wazuh4',
    provesKey: true,
    provesName: false,
    connect: (_nodeName, timeoutMs) => transport.connect({ timeoutMs }),
    connectWithWrongKey: () => null,
    listen: (_nodeName, options) => transport.listen(options),
    dialect: (nodeName, role) =>
      new Wazuh4Peer(
        {
          role,
          nodeName,
          compatibleVersion: release,
          maxFileBytes: WAZUH4_MAX_PACKAGE_BYTES,
          maxSentFileBytes: WAZUH4_MAX_PACKAGE_BYTES,
        },
        cipher,
      ),
    frame: (counter, command, payload) => encodeWazuh4Message({ counter, command, plain: [payload] }, cipher),
    unreadable: (counter, command) =>
      encodeWazuh4Message({ counter, command, plain: [Buffer.from('unread')] }, new Fernet(otherKey(key))),
    carrierOf: (code) => (TOLD_IN_WORDS.includes(code) ? code : exceptionOfError(new MusterError(code)).code),
  };
}
