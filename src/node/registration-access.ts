import { MusterError } from '../protocol/errors.ts';
import type { Registration } from '../registration/registration.ts';

/** The registration of a node as its processes reach it: there while the actor that opened it lives. */
export class RegistrationAccess {
  #registration: Registration | null = null;

  /** Throws 1013 while none is open. */
  get current(): Registration {
    if (this.#registration === null) throw new MusterError(1013, 'agents cannot be registered yet');
    return this.#registration;
  }

  set(registration: Registration | null): void {
    this.#registration = registration;
  }
}
