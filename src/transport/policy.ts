import { BlockList, isIP } from 'node:net';
import { MusterError } from '../protocol/errors.ts';

/** Addresses that never leave the machine, also written as IPv4 within IPv6. */
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for addresses that never leave the machine. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

/** Without security, everybody on the network could read and replace the cluster's keys: throws 3118 unless that cannot be, or is wanted. */
export function checkSecurity(options: { host: string; isSecure: boolean; insecure: boolean }): void {
  if (options.isSecure || options.insecure || isLoopback(options.host)) return;
  throw new MusterError(
    3118,
    `security is off and ${options.host} is no loopback address: switch security on, or say --insecure`,
  );
}
