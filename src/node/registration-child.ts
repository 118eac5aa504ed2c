import { child } from '../../machines/supervision/children.ts';
import { link } from '../../machines/supervision/link.ts';
import { type RegistrationEffects, registration } from './effects/registration.ts';
import type { NodeServices } from './services.ts';
import { REGISTRATION_RETRY_MS } from './settings.ts';
import { MAX_CHILD_END_MS, MAX_START_MS } from './supervision.ts';

/** Where agents are registered, on every node: after the agent store, and last, since nobody leans on it. */
export function registrationChild(services: NodeServices, effects: RegistrationEffects) {
  return child({
    id: 'registration',
    logic: link(registration(services, effects)),
    input: { retryMs: REGISTRATION_RETRY_MS },
    restart: 'permanent',
    shutdownMs: MAX_CHILD_END_MS,
    awaitReadyMs: MAX_START_MS,
  });
}
