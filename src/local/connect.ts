import { setTimeout } from 'node:timers/promises';
import { inHome } from '../config/home.ts';
import { homeTrouble } from '../config/home-trouble.ts';
import { MusterError } from '../protocol/errors.ts';
import type { Connection } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';

/** Time for connecting to a daemon on this machine. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Pause before the next try where too many connect at once. */
const RETRY_MS = 20;
/** System errors that mean: nobody is listening there. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

/** A connection to the daemon of a home. Rejects with 3012 when none is running, and with 3009. */
export async function connectLocal(home: string): Promise<Connection> {
  const path = inHome(home, 'localSocket');
  const lastTryMs = performance.now() + CONNECT_TIMEOUT_MS;
  try {
    while (true) {
      try {
        return await new UnixTransport(path).connect({ timeoutMs: CONNECT_TIMEOUT_MS });
      } catch (error) {
        // So many connect at once that the kernel has no place to let them wait.
        if (systemCode(error) !== 'EAGAIN' || performance.now() > lastTryMs) throw error;
        await setTimeout(RETRY_MS);
      }
    }
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
