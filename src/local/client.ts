import { resolve } from 'node:path';
import { inHome } from '../config/home.ts';
import { homeTrouble } from '../config/home-trouble.ts';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import { musterDialect } from '../protocol/dialects/muster.ts';
import { MusterError } from '../protocol/errors.ts';
import { FrameDecoder, type Message } from '../protocol/frame.ts';
import type { Connection } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';

/** Time for connecting to a daemon on this machine. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Time for an answer: somebody waits for it at a terminal. */
const DEFAULT_TIMEOUT_MS = 5_000;
/** One request a connection, so any number will do. */
const COUNTER = 1;

/** System errors that mean: nobody is listening there. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

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
  const connection = await connect(resolve(home));
  try {
    return await exchange(connection, command, args, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  } finally {
    connection.destroy(null);
  }
}

async function connect(home: string): Promise<Connection> {
  const path = inHome(home, 'localSocket');
  try {
    return await new UnixTransport(path).connect({ timeoutMs: CONNECT_TIMEOUT_MS });
  } catch (error) {
    if (ABSENT.has(systemCode(error) ?? '')) {
      const absent = `no daemon answers at ${path}; start it with \`muster node --home ${home}\``;
      throw new MusterError(3012, (await homeTrouble(home)) ?? absent, { cause: error });
    }
    throw MusterError.from(error, 3009);
  }
}

/** The code of the operating system, wherever it stands among the causes. */
function systemCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return undefined;
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
