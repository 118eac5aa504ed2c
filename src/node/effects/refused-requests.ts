import type { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { asFailure } from './failures.ts';
import { RejectionLog } from './rejection-log.ts';

/** What no node is refused for that does what it should: what it says has no meaning, is too long, or leaves its place. */
const VIOLATIONS: ReadonlySet<number> = new Set([3100, 3108, 3109, 3113, 3114]);
export const isViolation = ({ code }: { code: number }): boolean => VIOLATIONS.has(code);
const PLAIN_WORD = /^[\w-]{1,32}$/;

/** Tells of such requests, but lets nobody fill the log. `nameOf` is who is behind a connection. */
export function refusedRequests(
  services: NodeServices,
  { log, nameOf }: { log: { warning(line: string): void }; nameOf(connectionId: number): string },
): (connectionId: number, command: string, error: MusterError) => void {
  const rejections = new RejectionLog(services.clock, (line) => log.warning(line), 'requests');
  return (connectionId, command, error) => {
    if (!isViolation(error)) return;
    const address = services.channels.find(connectionId)?.peer.address ?? 'an address that is gone';
    const what = PLAIN_WORD.test(command) ? command : JSON.stringify(command);
    rejections.note(`Refused ${what} of ${nameOf(connectionId)} at ${address}`, asFailure(error));
  };
}
