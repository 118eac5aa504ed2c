import { resolve } from 'node:path';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import { musterDialect } from '../protocol/dialects/muster.ts';
import { MusterError } from '../protocol/errors.ts';
import { FrameDecoder, type Message } from '../protocol/frame.ts';
import type { Connection } from '../transport/transport.ts';
import { connectLocal } from './connect.ts';

/** Time for an answer: somebody waits for it at a terminal. */
const DEFAULT_TIMEOUT_MS = 5_000;
/** One request a connection, so any number will do. */
const COUNTER = 1;

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
  const connection = await connectLocal(resolve(home));
  try {
    return await exchange(connection, command, args, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  } finally {
    connection.destroy(null);
  }
}

function exchange<C extends CommandName>(
  connection: Connection,
  command: C,
  args: ArgsOf<C>,
  timeoutMs: number,
): Promise<ReplyOf<C>> {
  return new Promise((resolve, reject) => {
    const decoder = new FrameDecoder();
    const late = `${command}: nothing in ${timeoutMs / 1000} s; the daemon is stopped or busy, see its log`;
    const timer = setTimeout(() => settle(() => reject(new MusterError(3020, late))), timeoutMs);
    const settle = (end: () => void) => {
      clearTimeout(timer);
      end();
    };
    const onMessage = (message: Message) => {
      if (message.counter !== COUNTER) return;
      settle(() => {
        try {
          if (message.command === 'err') reject(musterDialect.decodeFailure(message));
          else resolve(musterDialect.decodeReply(command, message));
        } catch (error) {
          reject(MusterError.from(error));
        }
      });
    };
    connection.start({
      data(chunk) {
        try {
          decoder.push(chunk, onMessage);
        } catch (error) {
          settle(() => reject(MusterError.from(error)));
        }
      },
      drain() {},
      end: () => settle(() => reject(new MusterError(3103, 'the daemon ended the connection'))),
      close: (error) =>
        settle(() => reject(error ?? new MusterError(3103, 'the daemon ended the connection'))),
    });
    connection.write(musterDialect.encodeRequest(COUNTER, command, args));
  });
}
