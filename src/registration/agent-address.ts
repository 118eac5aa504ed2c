import { isIP, SocketAddress } from 'node:net';

/** An agent with it may connect from anywhere. */
export const ANY_ADDRESS = 'any';

const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** `any`, an address, or a network such as `10.0.0.0/24`. */
export function isAgentAddress(text: string): boolean {
  if (text === ANY_ADDRESS) return true;
  const [address = '', mask, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  return mask === undefined || (/^\d{1,3}$/.test(mask) && Number(mask) <= (BITS[family] ?? 0));
}

/** One way of writing for each address of IPv6, so that equal ones are seen to be equal. */
export function canonicalAddress(text: string): string {
  if (!text.includes(':')) return text;
  const [address = '', ...mask] = text.split('/');
  return [new SocketAddress({ address, family: 'ipv6' }).address, ...mask].join('/');
}
