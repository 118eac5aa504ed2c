import type { FastifyReply } from 'fastify';
import type { Session } from '../auth/tokens.ts';
import { MAX_UNREAD_BYTES } from '../limits.ts';
import type { LiveSnapshot } from '../live/snapshot.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { allow } from './authenticate.ts';
import { sendError } from './failures.ts';

export const LIVE_PATH = '/live';
const MIN_RENEW_MS = 500;
/** Time to take the last words of a live page. */
const FAREWELL_MS = 2_000;

/** The live page follows the cluster here: server-sent events, with a token in the header as everywhere. */
export function liveRoutes(app: App, services: ApiServices): void {
  app.route({
    method: 'GET',
    url: LIVE_PATH,
    onRequest: allow(services.tokens, 'readonly'),
    schema: { hide: true },
    handler: (request, reply) => follow(services, request.session as Session, reply),
  });
}

/**
 * `snapshot` is the cluster as it is, `token` a new token before the old one expires, `end` says why there is no new one.
 * Who does not read is dropped: the page comes again by itself.
 */
function follow({ feed, tokens, log }: ApiServices, session: Session, reply: FastifyReply): FastifyReply {
  const { raw } = reply;
  const send = (event: string, data: unknown) => {
    raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
  };
  let unfollow: () => void;
  try {
    unfollow = feed.follow((snapshot: LiveSnapshot) => send('snapshot', snapshot));
  } catch (error) {
    return sendError(reply, error as never);
  }
  /** Nothing is sent any more; whoever does not take the last words in time is dropped. */
  const stop = () => {
    clearInterval(timer);
    unfollow();
  };
  const end = (message: string) => {
    stop();
    send('end', { message });
    raw.end();
    const dropping = setTimeout(() => raw.destroy(), FAREWELL_MS);
    raw.once('close', () => clearTimeout(dropping));
  };
  const renew = async () => {
    try {
      const token = await tokens.renew(session);
      if (!raw.writableEnded) send('token', { token });
    } catch (error) {
      if (raw.writableEnded || raw.destroyed) return;
      log.info(`The live page of ${session.user.name} ends: ${(error as Error).message}`);
      end((error as Error).message);
    }
  };
  const timer = setInterval(renew, Math.max(MIN_RENEW_MS, tokens.lifetimeMs / 3));
  reply.hijack();
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  raw.once('close', stop);
  raw.on('error', (error) => log.debug(`The live page of ${session.user.name}`, { error }));
  return reply;
}
