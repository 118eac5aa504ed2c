import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { CHART_FOLDER, chartEntries } from './charts.ts';
import { Feed } from './feed.ts';
import { Follower } from './follower.ts';
import { MAX_WATCHERS } from './limits.ts';
import { machineDefinitions } from './machines.ts';
import type { Tap } from './tap.ts';

/** Whoever can read the page can see what the node does, so it is for this machine alone. */
const HOST = '127.0.0.1';
const HTTP_PORT = 80;
const PAGE_FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './page/' : '../../../src/inspect/page/', import.meta.url),
);
/** Nothing from elsewhere; the pictures of charts bring styles of their own. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page that shows the inspector of Stately in a frame, on whoever asks for that. */
const BRIDGE = '/stately.html';
const STATELY_URL = 'https://stately.ai/inspect';

export interface InspectorOptions {
  readonly tap: Tap;
  /** The Stately inspector. */
  readonly statelyUrl?: string;
  /** Time that a page has to read a piece of what it is told. */
  readonly maxUnreadMs?: number;
  /** 0: any that is free. */
  readonly port: number;
  readonly node: { readonly name: string; readonly role: string; readonly version: string };
}

export interface Inspector {
  /** `http://127.0.0.1:9230/` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page on which a node is watched. Rejects with 3101 if the port cannot be had. */
export async function openInspector(options: InspectorOptions): Promise<Inspector> {
  const { tap, port, node, statelyUrl = STATELY_URL, maxUnreadMs } = options;
  const bridgePolicy = `${PAGE_POLICY}; frame-src ${new URL(statelyUrl).origin}`;
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (!isOurs(request.raw)) await reply.code(403).send('This page is for this machine alone.');
  });
  app.addHook('onSend', async ({ url }, reply) => {
    const policy = url === BRIDGE ? bridgePolicy : PAGE_POLICY;
    reply.header('x-content-type-options', 'nosniff').header('content-security-policy', policy);
    reply.header('cache-control', 'no-cache');
  });
  app.get('/about', async () => ({ node, charts: chartEntries(), stately: statelyUrl }));
  app.get('/definitions', async () => machineDefinitions());
  const follow = followers(new Feed(tap), maxUnreadMs);
  app.get('/records', (_, reply) => follow(reply));
  await app.register(fastifyStatic, { root: PAGE_FOLDER, prefix: '/' });
  await app.register(fastifyStatic, { root: CHART_FOLDER, prefix: '/charts/', decorateReply: false });
  try {
    await app.listen({ host: HOST, port });
  } catch (error) {
    throw new MusterError(3101, `${HOST}:${port} for the inspector: ${systemWords(error)}`, { cause: error });
  }
  return { url: `http://${HOST}:${portOf(app)}/`, close: () => app.close() };
}

/** What is looked at of a request. */
interface Asked {
  readonly headers: IncomingMessage['headers'];
  readonly socket: Pick<IncomingMessage['socket'], 'localPort'>;
}

/** Where a request comes from, in the words of a browser: from this page, or from whoever typed its address. */
const OWN_SITES: readonly unknown[] = ['same-origin', 'none'];

/**
 * A browser that is on another page must not be able to read this one, nor to take its places: requests for other names
 * of this machine (DNS rebinding) and from other origins are refused, and those that a page makes for a picture or a frame,
 * which name no origin. Whoever is no browser says nothing of either.
 */
export function isOurs({ headers, socket }: Asked): boolean {
  const own = ownHosts(socket.localPort);
  if (!own.includes(headers.host ?? '')) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !OWN_SITES.includes(site)) return false;
  const { origin } = headers;
  return origin === undefined || own.some((host) => origin === `http://${host}`);
}

/** What a browser may call this page. It leaves the port out where that is the one of HTTP. */
const ownHosts = (port: number | undefined): readonly string[] =>
  ['127.0.0.1', 'localhost'].flatMap((name) =>
    port === HTTP_PORT ? [name, `${name}:${port}`] : [`${name}:${port}`],
  );

/** Server-sent events. Who does not read is dropped; the page comes again by itself. */
function followers(feed: Feed, maxUnreadMs: number | undefined): (reply: FastifyReply) => FastifyReply {
  const open = new Set<ServerResponse>();
  return (reply) => {
    if (open.size >= MAX_WATCHERS)
      return reply.code(503).send(`At most ${MAX_WATCHERS} pages can watch a node at the same time.`);
    const { raw } = reply;
    reply.hijack();
    open.add(raw);
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    // The page knows that it watches, even if there is nothing to be told yet.
    raw.flushHeaders();
    const follower = new Follower({
      write: (bytes, taken) => raw.write(bytes, taken),
      drop: () => raw.destroy(),
      maxUnreadMs,
    });
    const end = () => {
      feed.remove(follower);
      open.delete(raw);
    };
    raw.once('close', end);
    raw.on('error', end);
    feed.add(follower);
    return reply;
  };
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
