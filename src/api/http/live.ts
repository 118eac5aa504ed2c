import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Session } from '../auth/tokens.ts';
import { MAX_UNREAD_MS } from '../limits.ts';
import type { Reader } from '../live/feed.ts';
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
 * `snapshot` is the cluster as it is, `history` syncs of the past that the page does not know yet, `token` a new token
 * before the old one expires, `end` says why there is no new one. Who reads slowly hears of fewer snapshots; who does not
 * read is dropped: the page comes again by itself.
 */
function follow({ feed, tokens, log }: ApiServices, session: Session, reply: FastifyReply): FastifyReply {
  const { raw } = reply;
  const send = (event: string, data: unknown) => raw.write(encoded(event, data));
  const drop = () => {
    log.info(`The live page of ${session.user.name} does not read, and is dropped`);
    raw.destroy();
  };
  let unfollow: () => void;
  try {
    unfollow = feed.follow(session.user.name, teller(raw, drop));
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

/** Tells a page as much as it reads, and that it reads nothing. */
function teller(raw: ServerResponse, drop: () => void): Reader {
  let toldAtMs = 0;
  let toldSyncs: ReadonlySet<string> = new Set();
  return (snapshot) => {
    if (raw.writableLength > 0) {
      if (performance.now() - toldAtMs >= MAX_UNREAD_MS) drop();
      return;
    }
    toldAtMs = performance.now();
    const syncs = snapshot.history.filter(({ id }) => !toldSyncs.has(id));
    if (syncs.length > 0) raw.write(encoded('history', syncs));
    toldSyncs = new Set(snapshot.history.map(({ id }) => id));
    raw.write(encodedOnce(snapshot));
  };
}

/** All who are told the same snapshot share its bytes. The history is told apart from it. */
function encodedOnce(snapshot: LiveSnapshot): Buffer {
  const known = bytesOf.get(snapshot);
  if (known !== undefined) return known;
  const { history: _, ...cluster } = snapshot;
  const bytes = encoded('snapshot', cluster);
  bytesOf.set(snapshot, bytes);
  return bytes;
}

const bytesOf = new WeakMap<LiveSnapshot, Buffer>();

const encoded = (event: string, data: unknown): Buffer =>
  Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
