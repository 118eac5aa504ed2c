import { isIPv6, type Socket } from 'node:net';

/** `10.0.0.1:1516`, `[::1]:1516`. */
export const hostPort = ({ host, port }: { host: string; port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Where a peer is, for people. The system forgets it as soon as the peer has gone. */
export const peerAddress = ({ remoteAddress, remotePort }: Socket): string =>
  remoteAddress === undefined ? 'an unknown address' : `${remoteAddress}:${remotePort}`;

/** 16-bit groups of an IPv6 address that name a network; what comes behind them its owner chooses freely. */
const NETWORK_GROUPS = 4;

/** Whom an address belongs to: itself, or the network of 64 bits of an IPv6 one, since a single host may use all of it. */
export function sourceOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groupsOf = (text: string | undefined) => (text ? text.split(':') : []);
  const zeros = tail === undefined ? 0 : 8 - groupsOf(head).length - groupsOf(tail).length;
  const groups = [...groupsOf(head), ...Array<string>(zeros).fill('0'), ...groupsOf(tail)];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
