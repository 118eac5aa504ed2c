import type { Socket } from 'node:net';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_CONNECTION_REQUESTS } from '../limits.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { clientAddress } from './client-address.ts';
import { pathOf } from './failures.ts';

/** A page of an answer is shown by nobody; what shows something says so itself. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";
const ONE_YEAR_S = 31_536_000;

/** A client that sends one request behind the other, and reads no answer, does not take the places of others. Throws 3408. */
export function guardConnections(app: App): void {
  const underWay = new WeakMap<Socket, number>();
  app.addHook('onRequest', async ({ raw: { socket } }, reply) => {
    const count = (underWay.get(socket) ?? 0) + 1;
    underWay.set(socket, count);
    reply.raw.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    if (count > MAX_CONNECTION_REQUESTS) {
      throw new MusterError(3408, `${MAX_CONNECTION_REQUESTS} requests of one connection`);
    }
  });
}

/** Headers that every answer has, and what metrics want to know. */
export function guardAnswers(app: App, { metrics, log }: ApiServices, isTls: boolean): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-resource-policy', 'same-origin');
    if (isTls) reply.header('strict-transport-security', `max-age=${ONE_YEAR_S}`);
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', NOTHING);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    if (log.isDebug) {
      const words = `${clientAddress(request)} ${request.method} ${pathOf(request.url)} ${reply.statusCode}`;
      log.debug(`${words} in ${(reply.elapsedTime / 1000).toFixed(3)}s`);
    }
  });
}
