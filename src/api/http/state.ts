import { z } from 'zod';
import { MusterError } from '../../protocol/errors.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { allow } from './authenticate.ts';
import type { PasswordCheck } from './password-check.ts';
import { withErrors } from './responses.ts';

const tags = ['State'];
const READY_TIMEOUT_MS = 2_000;

/** For programs that watch: alive, ready, and metrics. */
export function stateRoutes(
  app: App,
  { cluster, metrics, tokens }: ApiServices,
  checkPassword: PasswordCheck,
): void {
  const open = { security: [] };
  app.get('/health', {
    schema: {
      tags,
      ...open,
      summary: 'Whether the API itself lives.',
      response: withErrors({ 200: z.object({ status: z.literal('alive') }) }),
    },
    handler: async () => ({ status: 'alive' as const }),
  });
  app.get('/ready', {
    schema: {
      tags,
      ...open,
      summary: 'Whether the daemon of this node answers: 503 while it does not.',
      response: withErrors({ 200: z.object({ status: z.literal('ready') }) }),
    },
    handler: async () => {
      await cluster.request('cluster.status', {}, { timeoutMs: READY_TIMEOUT_MS });
      return { status: 'ready' as const };
    },
  });
  const byToken = allow(tokens, 'readonly');
  app.get('/metrics', {
    onRequest: async (request) => {
      // Collectors of metrics know Basic authentication, and cannot log in again every few minutes.
      const isBasic = /^basic /i.test(request.headers.authorization ?? '');
      if (isBasic) await checkPassword(request);
      else await byToken(request);
    },
    schema: {
      tags,
      security: [{ token: [] }, { basic: [] }],
      summary: 'Metrics in the text format of Prometheus.',
      response: withErrors({
        200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } },
      }),
    },
    handler: async (_request, reply) => {
      const text = await metrics.text().catch((error) => {
        throw MusterError.from(error);
      });
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
    },
  });
}
