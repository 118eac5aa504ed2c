import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistrationChoice } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
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
  readonly registration: Registration;
  /** A line for the log that tells who registers. */
  readonly message: string;
  /** Ends it, and what is served of it. */
  close(): Promise<void>;
}

/** Time that an authd has to show that it lives, when a node starts. */
const PROBE_TIMEOUT_MS = 5_000;
const PROBE = 'getconfig auth';

/** The socket of authd below a home; every installation has it there. */
export function authdSocket(home: string): string {
  return join(home, 'queue/sockets/auth');
}

/**
 * Who registers agents at this node. Unless its configuration says who: the authd that answers at the socket, or else the
 * node itself, which then serves the socket. An authd that stands there and does not answer as one is an error, not a
 * reason to keep its file too. Rejects with 3101, and with what the authd fails with.
 */
export async function openRegistration(options: OpenRegistrationOptions): Promise<OpenedRegistration> {
  const { home, choice, onError } = options;
  const socket = authdSocket(home);
  if (choice === 'authd' || (choice === 'auto' && (await isAuthdServed(home)))) {
    const registration = new AuthdClient({ socket });
    const message = `Agents are registered by the authd that serves ${socket}.`;
    return { registration, message, close: () => registration.close() };
  }
  const { registration, words } = options.own();
  const server = new AuthdServer(registration);
  try {
    await server.listen(socket, onError);
  } catch (error) {
    await registration.close();
    throw error;
  }
  return {
    registration,
    message: `Agents are registered ${words}, served at ${socket}.`,
    close: async () => {
      await server.close();
      await registration.close();
    },
  };
}

/** False where nothing stands or nobody listens. Rejects if what listens does not answer as authd does. */
export async function isAuthdServed(home: string): Promise<boolean> {
  const socket = authdSocket(home);
  if (lstatSync(socket, { throwIfNoEntry: false }) === undefined) return false;
  const probe = new AuthdClient({ socket, timeoutMs: PROBE_TIMEOUT_MS });
  try {
    await probe.request(PROBE, new AbortController().signal);
    return true;
  } catch (error) {
    const { code } = MusterError.from(error);
    if (code === 1013 || code === 1121) return false;
    throw error;
  }
}
