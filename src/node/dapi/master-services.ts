import { resolve } from 'node:path';
import { KeyedTurns } from '../../keyed-turns.ts';
import { MusterError } from '../../protocol/errors.ts';
import { exchange } from '../../registration/authd-exchange.ts';
import type { NodeServices } from '../services.ts';
import { MAX_SERVICE_CONNECTIONS, SENDSYNC_TIMEOUT_MS } from './limits.ts';

/** Who registers agents: a daemon of the installation, or the master itself. */
export const AUTHD = 'authd';

/**
 * Other services of an installation that daemons of workers reach, by where they are served below the home. There each
 * message has a connection of its own, and a length in four bytes in front of it as of its answer, as those of authd. The
 * original hands messages to wazuh-db on as well: whoever reaches that may change every table of the master.
 */
const SOCKETS: ReadonlyMap<string, string> = new Map([
  ['task-manager', 'queue/tasks/task'],
  ['remoted', 'queue/sockets/remote'],
]);

const NO_ANSWER = 1014;

/** Throws 1013 for a service that workers do not reach. */
export function checkService(daemon: string): void {
  if (daemon === AUTHD || SOCKETS.has(daemon)) return;
  throw new MusterError(1013, `${daemon}: workers reach ${[AUTHD, ...SOCKETS.keys()].join(', ')} only`);
}

/** The services of a master, for what daemons of workers tell them. */
export class MasterServices {
  readonly #services: NodeServices;
  readonly #turns = new KeyedTurns<string>({ atOnce: MAX_SERVICE_CONNECTIONS });

  constructor(services: NodeServices) {
    this.#services = services;
  }

  /** The answer to one message, as it came. Rejects with 1013, 1014, 1121, 3020 and 3120, and of authd as a registration does. */
  ask(daemon: string, message: string, signal: AbortSignal): Promise<string> {
    const { registration, config } = this.#services;
    const socket = SOCKETS.get(daemon);
    if (socket === undefined) return registration.current.request(message, signal);
    const timed = AbortSignal.any([signal, AbortSignal.timeout(SENDSYNC_TIMEOUT_MS)]);
    return this.#turns.run(daemon, async () => {
      if (signal.aborted) throw new MusterError(3120, daemon);
      try {
        return await exchange(resolve(config.home, socket), message, timed, {
          unfitCode: NO_ANSWER,
          check: () => {},
        });
      } catch (error) {
        if (!timed.aborted) throw error;
        throw signal.aborted
          ? new MusterError(3120, daemon)
          : new MusterError(3020, `${daemon} of the master`);
      }
    });
  }
}
