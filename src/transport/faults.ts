import { MusterError } from '../protocol/errors.ts';

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process uses it: stop that one, or choose another port',
  EACCES: 'not allowed: choose a port above 1024, or check the permissions',
  EADDRNOTAVAIL: 'this machine does not have that address: check bind_addr',
  ENOTFOUND: 'no such host: check bind_addr',
  ERR_SOCKET_BAD_PORT: 'no such port: choose one from 0 to 65535',
};

const DROPPED = 'the other node dropped the connection at once: its log says why';

const CONNECT_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: check address and port, and that the other node runs',
  EHOSTUNREACH: 'no way to that host: check address and network',
  ENETUNREACH: 'no way to that network: check address and network',
  ETIMEDOUT: 'no answer: check address and firewall',
  ENOTFOUND: 'no such host: check the address',
  EACCES: 'not allowed: check the permissions of the socket',
  ECONNRESET: DROPPED,
  EPIPE: DROPPED,
};

/** The same of a socket of this machine, whose address is a path. */
const SOCKET_ADVICE: Readonly<Record<string, string>> = {
  ...CONNECT_ADVICE,
  ECONNREFUSED: 'nobody serves this socket any more: check that its daemon runs',
  ENOENT: 'there is no such socket: check that its daemon runs',
  EAGAIN: 'too many connect to this socket at once: try again in a moment',
};

/** 3101: address, cause, and what to do. */
export function listenFault(wanted: string, error: NodeJS.ErrnoException): MusterError {
  return new MusterError(3101, `${wanted}: ${LISTEN_ADVICE[error.code ?? ''] ?? textOf(error)}`, {
    cause: error,
  });
}

/** Why nothing was connected: 3106, 3104 or 3100 where TLS says so, 3102 otherwise. */
export function connectFault(where: string, error: NodeJS.ErrnoException): MusterError {
  if (isTlsFault(error)) return tlsFault(where, error);
  const advice = (where.includes('/') ? SOCKET_ADVICE : CONNECT_ADVICE)[error.code ?? ''];
  const text = advice === undefined ? textOf(error) : `${advice} (${error.code})`;
  return new MusterError(3102, `${where}: ${text}`, { cause: error });
}

const LOSS_WORDS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the other side reset it',
  EPIPE: 'the other side is gone',
  ETIMEDOUT: 'nothing of the other side came through any more',
};

/** Why a connection ended that had stood: 3103, or what TLS says. */
export function connectionFault(peer: string, error: NodeJS.ErrnoException): MusterError {
  if (isTlsFault(error)) return tlsFault(peer, error);
  const words = LOSS_WORDS[error.code ?? ''];
  const text = words === undefined ? textOf(error) : `${words} (${error.code})`;
  return new MusterError(3103, `${peer}: ${text}`, { cause: error });
}

const NO_COMMON_KEY = 'the two nodes do not hold the same cluster key';
const UNKNOWN_KEY = 'the other node does not accept the cluster key of this one';
const NOT_TRUSTED = 'the authority of one node did not sign the certificate of the other';
const NO_CERTIFICATE = 'the other node wants a certificate';

/** What the names of OpenSSL's faults mean for whoever runs a cluster; the first that fits counts. */
const AUTHENTICATION_FAULTS: readonly (readonly [part: string, meaning: string])[] = [
  ['PSK_IDENTITY_NOT_FOUND', 'its cluster key is none that this node accepts'],
  ['UNKNOWN_PSK_IDENTITY', UNKNOWN_KEY],
  ['BAD_RECORD_MAC', NO_COMMON_KEY],
  ['DECRYPT_ERROR', NO_COMMON_KEY],
  ['DID_NOT_RETURN_A_CERTIFICATE', 'it has no certificate, or security is configured differently on it'],
  ['CERTIFICATE_REQUIRED', NO_CERTIFICATE],
  ['UNKNOWN_CA', NOT_TRUSTED],
  ['UNABLE_TO_', NOT_TRUSTED],
  ['SELF_SIGNED', NOT_TRUSTED],
  ['DEPTH_ZERO', NOT_TRUSTED],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERTIFICATE_EXPIRED', 'the certificate of this node has expired'],
  ['CERT_', 'its certificate is not accepted'],
  ['CERTIFICATE', 'the certificate of one of the two nodes is not accepted'],
];

/** Faults that come from sides that are configured differently: one wants a key, the other a certificate, or other ciphers. */
const MISMATCHES: readonly string[] = [
  'NO_SHARED_CIPHER',
  'HANDSHAKE_FAILURE',
  'UNSUPPORTED_PROTOCOL',
  'PROTOCOL_VERSION',
];

/** Answers that are not in the form of TLS at all, and ends in the middle of a handshake. */
const NO_TLS: readonly (readonly [part: string, meaning: string])[] = [
  ...['WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'UNKNOWN_PROTOCOL', 'HTTP_REQUEST'].map(
    (part) =>
      [
        part,
        'what is there does not speak TLS: check the port, and cluster.dialect and security.transport of both nodes',
      ] as const,
  ),
  ['ECONNRESET', 'it ended the connection in the middle of the TLS handshake'],
  ['EPIPE', 'it ended the connection in the middle of the TLS handshake'],
];

/**
 * What TLS refused, with the address that was dialled, if any: 3106 if keys or certificates do not match, 3104 if the handshake took too long, 3100 for what is no
 * TLS at all.
 */
export function tlsFault(where: string | null, error: NodeJS.ErrnoException): MusterError {
  const code = error.code ?? '';
  const told = (number: number, words: string) =>
    new MusterError(number, where === null ? words : `${where}: ${words}`, { cause: error });
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return told(3104, 'the TLS handshake came to no end');
  const [, meaning] = AUTHENTICATION_FAULTS.find(([part]) => code.includes(part)) ?? [];
  if (meaning !== undefined) return told(3106, `${meaning} (${code})`);
  if (MISMATCHES.some((part) => code.includes(part))) {
    return told(3106, `the two nodes do not use the same kind of security (${code})`);
  }
  const words = NO_TLS.find(([part]) => code.includes(part))?.[1];
  return told(3100, words === undefined ? `no TLS handshake: ${textOf(error)}` : `${words} (${code})`);
}

function isTlsFault({ code = '' }: NodeJS.ErrnoException): boolean {
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return true;
  return AUTHENTICATION_FAULTS.some(([part]) => code.includes(part));
}

/** OpenSSL puts addresses of memory and of source lines into its messages; its reason alone is for people. */
function textOf(error: NodeJS.ErrnoException & { reason?: unknown }): string {
  return typeof error.reason === 'string' ? error.reason : error.message;
}
