import { UsageError } from './exit-code.ts';

/** `10.0.0.1:1516`, `10.0.0.1`, `[::1]:1516`, `::1`; the port is null where there is none. Throws UsageError. */
export function parseHostPort(text: string): { host: string; port: string | null } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? null };
  if (text.split(':').length > 2) return { host: text, port: null };
  const plain = /^([^:]+)(?::(\d+))?$/.exec(text);
  if (plain) return { host: plain[1] ?? '', port: plain[2] ?? null };
  throw new UsageError(`'${text}' is no address; write HOST:PORT, such as 10.0.0.1:1516`);
}
