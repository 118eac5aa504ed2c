import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { flag } from '../routes/query.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { allow } from './authenticate.ts';
import { clientAddress } from './client-address.ts';
import { dataEnvelope, wrapData } from './envelope.ts';
import type { PasswordCheck } from './password-check.ts';
import { withErrors } from './responses.ts';

const PATH = '/security/user/authenticate';
const tags = ['Security'];

/** Log-in by GET and POST, as the original has both, and log-out by DELETE. */
export function logInRoutes(app: App, services: ApiServices, checkPassword: PasswordCheck): void {
  const { tokens, users, log } = services;
  const logIn = {
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
    const user = await checkPassword(request);
    const token = await tokens.issue(user);
    log.info(`${user.name} logged in from ${clientAddress(request)}`);
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
