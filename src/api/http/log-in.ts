import rateLimit from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MusterError } from '../../protocol/errors.ts';
import { sourceOf } from '../../transport/addresses.ts';
import type { KnownUser } from '../auth/users.ts';
import { MAX_LOGINS_PER_MINUTE, MAX_REMEMBERED_ADDRESSES } from '../limits.ts';
import { flag } from '../routes/query.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { allow, credentialsOf } from './authenticate.ts';
import { dataEnvelope, wrapData } from './envelope.ts';
import { withErrors } from './responses.ts';

const PATH = '/security/user/authenticate';
const tags = ['Security'];

/** Who a request is from by user and password; failures count. Throws 3400, 6000. */
export async function checkPassword(
  { users, attempts, log }: ApiServices,
  request: FastifyRequest,
): Promise<KnownUser> {
  const source = sourceOf(request.ip);
  attempts.admit(source);
  const { name, password } = credentialsOf(request);
  const user = await users.check(name, password);
  if (user === null) {
    attempts.failed(source);
    log.warning(`Log-in of ${name} from ${request.ip} failed`);
    throw new MusterError(3400);
  }
  return user;
}

/** Log-in by GET and POST, as the original has both, and log-out by DELETE. */
export async function logInRoutes(app: App, services: ApiServices): Promise<void> {
  const { tokens, users, log } = services;
  await app.register(rateLimit, {
    global: false,
    cache: MAX_REMEMBERED_ADDRESSES,
    keyGenerator: ({ ip }) => sourceOf(ip),
    errorResponseBuilder: () => new MusterError(6001, `at most ${MAX_LOGINS_PER_MINUTE} log-ins a minute`),
  });
  const logIn = {
    config: { rateLimit: { max: MAX_LOGINS_PER_MINUTE, timeWindow: '1 minute' } },
    schema: {
      tags,
      summary: 'Logs in: gives a token for user and password.',
      security: [{ basic: [] }],
      querystring: z.strictObject({ raw: flag('Answers the token alone, as text.').optional() }),
      response: withErrors({
        200: {
          description: 'The token.',
          content: {
            'application/json': { schema: dataEnvelope(z.object({ token: z.string() })) },
            'text/plain': { schema: z.string() },
          },
        },
      }),
    },
  } as const;
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const user = await checkPassword(services, request);
    const token = await tokens.issue(user);
    log.info(`${user.name} logged in from ${request.ip}`);
    if ((request.query as { raw?: boolean }).raw) return reply.type('text/plain').send(token);
    return reply.send(wrapData({ token }, 'Logged in'));
  };
  app.route({ method: 'POST', url: PATH, ...logIn, handler: answer });
  app.route({ method: 'GET', url: PATH, ...logIn, exposeHeadRoute: false, handler: answer });
  app.route({
    method: 'DELETE',
    url: PATH,
    onRequest: allow(tokens, 'readonly'),
    schema: {
      tags,
      summary: 'Logs out: all tokens of the user are void.',
      response: withErrors({ 200: dataEnvelope(z.object({})) }),
    },
    handler: async (request, reply) => {
      const name = request.session?.user.name ?? '';
      await users.revokeTokens(name);
      log.info(`${name} logged out`);
      return reply.send(wrapData({}, 'Logged out'));
    },
  });
}
