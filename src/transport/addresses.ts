import type { Socket } from 'node:net';

/** `10.0.0.1:1516`, `[::1]:1516`. */
export const hostPort = ({ host, port }: { host: string; port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Where a peer is, for people. The system forgets it as soon as the peer has gone. */
export const peerAddress = ({ remoteAddress, remotePort }: Socket): string =>
  remoteAddress === undefined ? 'an unknown address' : `${remoteAddress}:${remotePort}`;
