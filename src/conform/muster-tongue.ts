import { musterDialect } from '../protocol/dialects/muster.ts';
import { encodeMessage } from '../protocol/frame.ts';
import { HEADER_BYTES } from '../protocol/limits.ts';
import { KeyRing } from '../transport/keys.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../transport/limits.ts';
import { TcpTransport } from '../transport/tcp.ts';
import { TlsCertificateTransport } from '../transport/tls-certificate.ts';
import { TlsPskTransport } from '../transport/tls-psk.ts';
import type { Transport } from '../transport/transport.ts';
import { otherKey, type Target, type Tongue } from './target.ts';

const VERSION_AT = HEADER_BYTES - 2;
const NO_VERSION = 0xff;

/** No certificate, and so no key to one. */
const NONE = { certificate: '', privateKey: '' };

export function musterTongue(target: Target): Tongue {
  const { isPlain, certificate } = target;
  const dial = (transport: Transport, timeoutMs: number) =>
    transport.connect({ timeoutMs, handshakeTimeoutMs: Math.min(timeoutMs, HANDSHAKE_TIMEOUT_MS) });
  const frame: Tongue['frame'] = (counter, command, payload, packed = true) =>
    encodeMessage({ counter, command, payload, encoding: packed ? 1 : 0 });
  return {
    name: 'muster',
    provesKey: !isPlain,
    provesName: certificate !== undefined,
    connect: (nodeName, timeoutMs) => dial(transportOf(target, nodeName), timeoutMs),
    connectWithWrongKey: (nodeName, timeoutMs) => dial(untrusted(target, nodeName), timeoutMs),
    listen: (nodeName, options) => transportOf(target, nodeName).listen(options),
    dialect: () => musterDialect,
    frame,
    unreadable: (counter, command) => {
      const chunks = frame(counter, command, new Uint8Array(1));
      const [head] = chunks;
      if (head !== undefined) head[VERSION_AT] = NO_VERSION;
      return chunks;
    },
    carrierOf: (code) => code,
  };
}

function transportOf({ host, port, key, isPlain, certificate }: Target, nodeName: string): Transport {
  if (isPlain) return new TcpTransport({ host, port });
  if (certificate === undefined) return new TlsPskTransport({ host, port, nodeName, keys: new KeyRing(key) });
  // Who is tested is known by its address: that its authority is the cluster's is what has to be proven.
  return new TlsCertificateTransport({ host, port, ...certificate, serverName: null });
}

/** The same of somebody who has nothing of the cluster but its public part. */
function untrusted(target: Target, nodeName: string): Transport {
  const { key, certificate } = target;
  return certificate === undefined
    ? transportOf({ ...target, key: otherKey(key) }, nodeName)
    : transportOf({ ...target, certificate: { ...certificate, ...NONE } }, nodeName);
}
