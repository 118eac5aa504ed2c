import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { App } from './app.ts';

/** The page stands in the sources as it is served; what is built from them finds it there, too. */
const FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../page/' : '../../../../src/api/page/', import.meta.url),
);

/** Nothing from elsewhere, no scripts in the markup, nobody frames it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The live page at `/`. */
export async function pageRoutes(app: App): Promise<void> {
  await app.register(fastifyStatic, {
    root: FOLDER,
    prefix: '/',
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    schemaHide: true,
    setHeaders: (reply) => {
      reply.header('content-security-policy', PAGE_POLICY);
      reply.header('cache-control', 'no-cache');
    },
  });
}
