import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { RegistrationChoice } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { UnixTransport } from '../transport/unix.ts';
import { AuthdClient } from './authd-client.ts';
import { AuthdServer } from './authd-server.ts';
import type { Registration } from './registration.ts';

export interface OpenRegistrationOptions {
  readonly home: string;
  readonly choice: RegistrationChoice;
  /** What this node serves itself, if it is to, and how a line for the log names it. */
  own(): { readonly registration: Registration; readonly words: string };
  /** The socket that this node serves broke. */
  onError(error: MusterError): void;
}

export interface OpenedRegistration {
  /** Its end is that of what is served of it, too. */
  readonly registration: Registration;
  /** A line for the log that tells who registers. */
  readonly message: string;
  /** Whether agents can be registered already. */
  readonly answers: boolean;
}

/** Time that an authd has to show that it lives, when a node starts. */
const PROBE_TIMEOUT_MS = 5_000;
const PROBE = 'getconfig auth';

/** The socket of authd below a home; every installation has it there. */
export function authdSocket(home: string): string {
  return resolve(home, 'queue/sockets/auth');
}

/**
 * Who registers agents at this node. Unless its configuration says who: whoever serves the socket, or else the node itself,
 * which then serves it. An authd that hangs or talks nonsense keeps its file all the same, so it stays the one to ask: it may
 * come to itself. Rejects with 3101.
 */
export async function openRegistration(options: OpenRegistrationOptions): Promise<OpenedRegistration> {
  const { home, choice } = options;
  const socket = authdSocket(home);
  const isAuthds = choice === 'authd' || (choice === 'auto' && (await new UnixTransport(socket).isServed()));
  return isAuthds ? byAuthd(socket) : byNode(socket, options);
}

/** Each message connects anew, so one that is not there yet, or hangs, keeps nobody from beginning. */
async function byAuthd(socket: string): Promise<OpenedRegistration> {
  const registration = new AuthdClient({ socket });
  try {
    await probe(socket);
    const message = `Agents are registered by the authd that serves ${socket}.`;
    return { registration, message, answers: true };
  } catch (error) {
    const words = MusterError.from(error).toLog();
    const message = `Agents are registered by an authd at ${socket}, which does not answer yet; until it does nobody can be registered: ${words}`;
    return { registration, message, answers: false };
  }
}

async function byNode(
  socket: string,
  { own, onError }: OpenRegistrationOptions,
): Promise<OpenedRegistration> {
  const { registration: behind, words } = own();
  const registration = new AuthdServer(behind);
  try {
    await registration.listen(socket, onError);
  } catch (error) {
    await registration.close();
    throw error;
  }
  const message = `Agents are registered ${words}, served at ${socket}.`;
  return { registration, message, answers: true };
}

/**
 * Whether agents of a home are registered by a daemon. Rejects if what listens does not answer as authd does, and where the
 * configuration has an authd register and none answers.
 */
export async function isRegistrationServed(home: string): Promise<boolean> {
  const { agents } = await loadConfig(home);
  if (agents.registration !== 'authd') return isAuthdServed(home);
  await probe(authdSocket(home)).catch(onlyAuthd);
  return true;
}

function onlyAuthd(cause: unknown): never {
  const { code, detail } = MusterError.from(cause);
  const words = `${detail}; nobody but an authd registers agents here, as agents.registration in etc/muster.json is "authd": start it`;
  throw new MusterError(code, words, { cause });
}

/** False where nothing stands or nobody listens. Rejects if what listens does not answer as authd does. */
export async function isAuthdServed(home: string): Promise<boolean> {
  const socket = authdSocket(home);
  if (lstatSync(socket, { throwIfNoEntry: false }) === undefined) return false;
  try {
    await probe(socket);
    return true;
  } catch (error) {
    const { code, cause } = MusterError.from(error);
    // Somebody may well serve it, to others than this user.
    const isClosed = (cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES';
    if (code === 1013 || (code === 1121 && !isClosed)) return false;
    throw error;
  }
}

/** Rejects unless somebody answers there as authd does. */
async function probe(socket: string): Promise<void> {
  const authd = new AuthdClient({ socket, timeoutMs: PROBE_TIMEOUT_MS });
  await authd.request(PROBE, new AbortController().signal);
}
