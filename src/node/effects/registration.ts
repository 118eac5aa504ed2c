import { fromCallback, fromPromise } from 'xstate';
import { UNKNOWN } from '../../../machines/failure.ts';
import { type RegistrationEvent, registrationMachine } from '../../../machines/registration.ts';
import { EmbeddedRegistration } from '../../registration/embedded/registration.ts';
import { type Forward, ForwardingRegistration } from '../../registration/forwarding.ts';
import { openRegistration } from '../../registration/open-registration.ts';
import type { Registration } from '../../registration/registration.ts';
import type { NodeServices } from '../services.ts';
import { agentRows } from './agent-rows.ts';
import { asFailure, told } from './failures.ts';

export interface RegistrationEffects {
  /** Tells the supervisor that the next child may start. */
  ready(): void;
  /** Carries a message from a worker to its master; null on a master, which registers itself. */
  readonly forward: Forward | null;
}

/** The registration of a node, with its effects: opened for all its processes, and taken from them when it ends or is lost. */
export function registration(services: NodeServices, { ready, forward }: RegistrationEffects) {
  const { config } = services;
  const log = services.log.tagged(
    config.role === 'master' ? 'Master' : `Worker ${config.nodeName}`,
    'Registration',
  );
  let opened: Registration | null = null;

  const own = () =>
    forward === null
      ? {
          registration: new EmbeddedRegistration({
            home: config.home,
            rows: agentRows(services.store),
            log,
          }),
          words: 'in etc/client.keys',
        }
      : { registration: new ForwardingRegistration(forward), words: 'by the master' };

  const open = fromCallback<{ type: 'none' }, undefined>(({ sendBack }) => {
    const tell = (event: RegistrationEvent) => sendBack(event);
    let isOver = false;
    const fail = (error: unknown) => {
      if (!isOver) tell({ type: 'registration.failed', failure: asFailure(error) });
    };
    openRegistration({ home: config.home, choice: config.agents.registration, own, onError: fail })
      .then(({ registration, message, answers }) => {
        if (isOver) return registration.close();
        opened = registration;
        services.registration.set(registration);
        tell({ type: 'registration.opened', message, answers });
        return;
      })
      .catch(fail);
    return () => {
      isOver = true;
      services.registration.set(null);
      opened?.close().catch((error) => log.error('Registration could not be ended in order', { error }));
      opened = null;
    };
  });

  return registrationMachine.provide({
    actors: {
      registration: open,
      close: fromPromise<void, undefined>(async () => {
        await opened?.close();
      }),
    },
    actions: {
      reportReady: ready,
      logOpened: (_, { message }) => log.info(message),
      logOpenedSilent: (_, { message }) => log.warning(message),
      logFailed: (_, failure) =>
        log.error(`Agents cannot be registered: ${told(failure)}. It is tried again until they can.`),
      logUnclosed: ({ context: { failure } }) =>
        log.error(`Registration could not be ended in order: ${told(failure ?? UNKNOWN)}`),
    },
  });
}
