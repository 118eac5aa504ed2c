import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { HANDSHAKE_TIMEOUT_MS, MAX_HANDSHAKES, WRITE_HIGH_WATER_BYTES } from './limits.ts';
import { openPort } from './open-port.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Listener, ListenOptions, PeerIdentity } from './transport.ts';

/** Opens a TLS port. Handshakes are bounded in time and in number; what fails is told to `onRejected`. */
export function listenTls(
  address: { host: string; port: number },
  tls: TlsOptions,
  identify: (socket: TLSSocket) => PeerIdentity,
  options: ListenOptions,
): Promise<Listener> {
  const server = createServer({
    ...tls,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    highWaterMark: WRITE_HIGH_WATER_BYTES,
  });
  const handshakes = new Set<string>();
  server.prependListener('connection', (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    if (handshakes.size >= MAX_HANDSHAKES) {
      socket.destroy();
      options.onRejected(peer, new MusterError(3110, `${MAX_HANDSHAKES} handshakes are under way`));
      return;
    }
    handshakes.add(peer);
    socket.once('close', () => handshakes.delete(peer));
  });
  server.on('secureConnection', (socket) => {
    handshakes.delete(`${socket.remoteAddress}:${socket.remotePort}`);
    options.onConnection(new StreamConnection(socket, identify(socket)));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    options.onRejected(peer, handshakeError(peer, error));
    socket.destroy();
  });
  return openPort(server, address, options);
}

/** Faults of OpenSSL that mean: the two sides do not hold the same key, or one of them is not trusted. */
const KEY_FAULTS = [
  'DECRYPTION_FAILED',
  'BAD_RECORD_MAC',
  'DECRYPT_ERROR',
  'PSK_IDENTITY_NOT_FOUND',
  'UNKNOWN_PSK_IDENTITY',
  'UNKNOWN_CA',
  'CERTIFICATE',
  'CERT_',
  'ILLEGAL_PARAMETER',
  'HANDSHAKE_FAILURE',
];

/** Why a handshake failed: 3106 if the keys or certificates do not match, 3104 if it took too long, 3100 otherwise. */
export function handshakeError(peer: string, error: NodeJS.ErrnoException): MusterError {
  const code = error.code ?? '';
  if (KEY_FAULTS.some((fault) => code.includes(fault))) {
    return new MusterError(
      3106,
      `${peer}: the cluster keys or certificates of the two nodes do not match (${code})`,
      { cause: error },
    );
  }
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT')
    return new MusterError(3104, `${peer}: TLS handshake`, { cause: error });
  return new MusterError(3100, `${peer}: TLS handshake: ${error.message}`, { cause: error });
}
