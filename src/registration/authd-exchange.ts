import { setTimeout } from 'node:timers/promises';
import { MusterError } from '../protocol/errors.ts';
import { encodeFrame, LengthFrameReader } from '../transport/length-frame.ts';
import type { Connection } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';
import { isTextCommand } from './authd-text.ts';
import { AUTHD_RETRY_MS, AUTHD_TIMEOUT_MS, MAX_AUTHD_BYTES } from './limits.ts';

/** Of a daemon that is not authd: the code of an answer that is too long, and what looks at one. */
export interface ExchangeOptions {
  readonly unfitCode: number;
  /** Throws for what is no answer to the message. */
  check(message: string, answer: string): void;
}

/**
 * Sends one message over a connection of its own. Rejects with 1013 (no socket), 1014 (cut), 1121 (nobody listens), 3213
 * (an answer that is none), and with the reason of the signal.
 */
export async function exchange(
  socket: string,
  message: string,
  signal: AbortSignal,
  { unfitCode, check }: ExchangeOptions = { unfitCode: 3213, check: checkAnswer },
): Promise<string> {
  const connection = await connect(socket, signal);
  return new Promise((resolve, reject) => {
    const reader = new LengthFrameReader({ maxBytes: MAX_AUTHD_BYTES, code: unfitCode });
    const fail = (error: unknown) => {
      reject(error); // the first one counts, and none after the answer
      connection.destroy(null);
    };
    const giveUp = () => fail(signal.reason);
    signal.addEventListener('abort', giveUp);
    connection.start({
      data: (chunk) => {
        try {
          reader.push(chunk, (answer) => {
            check(message, answer);
            resolve(answer);
            connection.destroy(null);
          });
        } catch (error) {
          fail(error);
        }
      },
      drain: () => {},
      end: () => fail(new MusterError(1014, `${socket}: it ended before its answer was whole`)),
      close: (error) => {
        signal.removeEventListener('abort', giveUp);
        fail(new MusterError(1014, `${socket}: ${error?.message ?? 'it ended without an answer'}`));
      },
    });
    if (signal.aborted) giveUp();
    else connection.write([encodeFrame(message, MAX_AUTHD_BYTES)]);
  });
}

/** An authd that has as many waiting as the system lets wait is tried again, until the signal ends that. */
async function connect(socket: string, signal: AbortSignal): Promise<Connection> {
  for (;;) {
    try {
      return await new UnixTransport(socket).connect({ timeoutMs: AUTHD_TIMEOUT_MS, signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const { cause, detail } = MusterError.from(error); // it names the socket
      const code = (cause as NodeJS.ErrnoException | undefined)?.code;
      if (code === 'ENOENT') throw new MusterError(1013, detail, { cause });
      if (code !== 'EAGAIN') throw new MusterError(1121, detail, { cause });
    }
    await setTimeout(AUTHD_RETRY_MS);
  }
}

/** Throws 3213 for what authd never answers: it has its own form for each kind of message. */
function checkAnswer(message: string, answer: string): void {
  const isAnswer = isTextCommand(message) ? /^(ok|err)( |$)/.test(answer) : hasError(answer);
  if (!isAnswer) throw new MusterError(3213, `it begins with ${JSON.stringify(answer.slice(0, NEAR_CHARS))}`);
}

const NEAR_CHARS = 32;

function hasError(answer: string): boolean {
  try {
    return typeof (JSON.parse(answer) as { error?: unknown } | null)?.error === 'number';
  } catch {
    return false; // whoever asks is told that it is none
  }
}
