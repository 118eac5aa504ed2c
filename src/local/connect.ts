import { inHome } from '../config/home.ts';
import { homeTrouble } from '../config/home-trouble.ts';
import { MusterError } from '../protocol/errors.ts';
import type { Connection } from '../transport/transport.ts';
import { UnixTransport } from '../transport/unix.ts';

/** Time for connecting to a daemon on this machine. */
const CONNECT_TIMEOUT_MS = 5_000;
/** System errors that mean: nobody is listening there. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

/** A connection to the daemon of a home. Rejects with 3012 when none is running, 3102 where too many connect, and with 3009. */
export async function connectLocal(home: string, timeoutMs = CONNECT_TIMEOUT_MS): Promise<Connection> {
  const path = inHome(home, 'localSocket');
  try {
    return await new UnixTransport(path).connect({ timeoutMs });
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
