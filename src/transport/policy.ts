import { isIP } from 'node:net';
import { MusterError } from '../protocol/errors.ts';

/** True for addresses that never leave the machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Without security, everybody on the network could read and replace the cluster's keys: throws 3118 unless that cannot be, or is wanted. */
export function checkSecurity(options: { host: string; isSecure: boolean; insecure: boolean }): void {
  if (options.isSecure || options.insecure || isLoopback(options.host)) return;
  throw new MusterError(
    3118,
    `security is off and ${options.host} is no loopback address: switch security on, or say --insecure`,
  );
}
