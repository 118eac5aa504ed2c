import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { MusterError } from '../../protocol/errors.ts';
import { sourceOf } from '../../transport/addresses.ts';
import type { KnownUser } from '../auth/users.ts';
import { MAX_LOGINS_PER_MINUTE, MAX_REMEMBERED_ADDRESSES } from '../limits.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { credentialsOf } from './authenticate.ts';
import { clientAddress } from './client-address.ts';

/** Who a request is from by user and password. Rejects with 3400, 3408, 6000, 6001. */
export type PasswordCheck = (request: FastifyRequest) => Promise<KnownUser>;

/** Makes the one check of passwords: whatever route they come by, they count together. */
export async function openPasswordCheck(
  app: App,
  { users, attempts, log }: ApiServices,
): Promise<PasswordCheck> {
  await app.register(rateLimit, {
    global: false,
    cache: MAX_REMEMBERED_ADDRESSES,
    keyGenerator: (request) => sourceOf(clientAddress(request)),
  });
  const count = app.createRateLimit({ max: MAX_LOGINS_PER_MINUTE, timeWindow: '1 minute' });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) {
      const words = `at most ${MAX_LOGINS_PER_MINUTE} log-ins a minute; try again in ${counted.ttlInSeconds} s`;
      throw new MusterError(6001, words);
    }
    const { name, password } = credentialsOf(request);
    const address = clientAddress(request);
    const attempt = attempts.begin(sourceOf(address));
    try {
      const user = await users.check(name, password);
      if (user !== null) return user;
      attempt.failed();
    } finally {
      attempt.end();
    }
    log.warning(`Log-in of ${name} from ${address} failed`);
    throw new MusterError(3400);
  };
}
