import { resolve } from 'node:path';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { connectLocal } from './connect.ts';
import { LocalLink } from './local-link.ts';

/** Time for an answer: somebody waits for it at a terminal. */
const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Asks the running daemon of a home one thing, on a connection of its own. Specification: Local protocol.
 *
 * Rejects with 3012 when no daemon is running, 3020 when there is no answer in time, 3103 when the daemon goes away, and
 * with the daemon's own error otherwise.
 */
export async function localRequest<C extends CommandName>(
  home: string,
  command: C,
  args: ArgsOf<C>,
  options: { timeoutMs?: number } = {},
): Promise<ReplyOf<C>> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const connection = await connectLocal(resolve(home));
  const { promise, resolve: replied, reject: failed } = Promise.withResolvers<ReplyOf<C>>();
  const late = `${command}: nothing in ${timeoutMs / 1000} s; the daemon is stopped or busy, see its log`;
  const timer = setTimeout(() => failed(new MusterError(3020, late)), timeoutMs);
  const link = new LocalLink(connection, NOTHING_ELSE);
  link.send(command, args, replied, failed);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    connection.destroy(null);
  }
}

/** Answers to requests of the distributed API: none is under way here. */
const NOTHING_ELSE = { answered: unasked, failed: unasked, closed: () => {} };

function unasked(id: string): never {
  throw new MusterError(3032, id);
}
