import { musterDialect } from '../protocol/dialects/muster.ts';
import { encodeMessage } from '../protocol/frame.ts';
import { HEADER_BYTES } from '../protocol/limits.ts';
import { KeyRing } from '../transport/keys.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../transport/limits.ts';
import { TcpTransport } from '../transport/tcp.ts';
import { TlsPskTransport } from '../transport/tls-psk.ts';
import { otherKey, type Target, type Tongue } from './target.ts';

const VERSION_AT = HEADER_BYTES - 2;
const NO_VERSION = 0xff;

export function musterTongue({ host, port, key, isPlain }: Target): Tongue {
  const transport = (nodeName: string, clusterKey: string) =>
    isPlain
      ? new TcpTransport({ host, port })
      : new TlsPskTransport({ host, port, nodeName, keys: new KeyRing(clusterKey) });
  const dial = (nodeName: string, clusterKey: string, timeoutMs: number) =>
    transport(nodeName, clusterKey).connect({
      timeoutMs,
      handshakeTimeoutMs: Math.min(timeoutMs, HANDSHAKE_TIMEOUT_MS),
    });
  const frame: Tongue['frame'] = (counter, command, payload, packed = true) =>
    encodeMessage({ counter, command, payload, encoding: packed ? 1 : 0 });
  return {
    name: 'muster',
    provesKey: !isPlain,
    connect: (nodeName, timeoutMs) => dial(nodeName, key, timeoutMs),
    connectWithWrongKey: (nodeName, timeoutMs) => dial(nodeName, otherKey(key), timeoutMs),
    listen: (nodeName, options) => transport(nodeName, key).listen(options),
    dialect: () => musterDialect,
    frame,
    unreadable: (counter, command) => {
      const chunks = frame(counter, command, new Uint8Array(1));
      const [head] = chunks;
      if (head !== undefined) head[VERSION_AT] = NO_VERSION;
      return chunks;
    },
    codeOf: (code) => code,
  };
}
