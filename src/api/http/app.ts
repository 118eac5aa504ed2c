import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { MusterError } from '../../protocol/errors.ts';
import {
  HEAD_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_HEAD_BYTES,
  MAX_HTTP_CONNECTIONS,
  MAX_PARAM_CHARS,
  REQUEST_TIMEOUT_MS,
  TIMEOUTS_LOOK_MS,
} from '../limits.ts';
import { endpoints } from '../routes/table.ts';
import type { ApiServices } from '../services.ts';
import { describeApi } from './description.ts';
import { answerMalformed, failuresInEnvelopes, sendError } from './failures.ts';
import { guardAnswers, guardConnections } from './guards.ts';
import { liveRoutes } from './live.ts';
import { logInRoutes } from './log-in.ts';
import { pageRoutes } from './page.ts';
import { openPasswordCheck } from './password-check.ts';
import { registerEndpoint } from './register.ts';
import { stateRoutes } from './state.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

const PARSING = { maxHeaderSize: MAX_HEAD_BYTES, connectionsCheckingInterval: TIMEOUTS_LOOK_MS };
const VERBS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'] as const;

export interface AppOptions {
  /** With a certificate it speaks HTTPS and nothing else. */
  tls?: Pick<SecureContextOptions, 'cert' | 'key'> | null;
  /** Addresses and networks of proxies that are believed where a request comes from. */
  trustedProxies?: string[];
}

/** The server, ready to listen. */
export async function buildApp(
  services: ApiServices,
  { tls = null, trustedProxies = [] }: AppOptions = {},
): Promise<App> {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    exposeHeadRoutes: false,
    trustProxy: trustedProxies,
    clientErrorHandler: answerMalformed,
    frameworkErrors: (error, _request, reply) => {
      sendError(reply, new MusterError(3407, error.message));
    },
    ...(tls === null ? { http: PARSING } : { https: { ...tls, ...PARSING, minVersion: 'TLSv1.2' as const } }),
  }).withTypeProvider<ZodTypeProvider>() as App;
  app.server.headersTimeout = HEAD_TIMEOUT_MS;
  app.server.maxConnections = MAX_HTTP_CONNECTIONS;
  app.decorateRequest('session', null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  takeTexts(app);
  failuresInEnvelopes(app, services.log);
  guardConnections(app);
  guardAnswers(app, services, tls !== null);
  await describeApi(app, services.version);
  await app.register(async (inner) => {
    const checkPassword = await openPasswordCheck(inner as App, services);
    logInRoutes(inner as App, services, checkPassword);
    for (const endpoint of endpoints) registerEndpoint(inner as App, services, endpoint);
    stateRoutes(inner as App, services, checkPassword);
    liveRoutes(inner as App, services);
    await pageRoutes(inner as App);
    refuseOtherVerbs(inner as App);
  });
  await app.ready();
  return app;
}

/** Bodies that are texts of files: UTF-8, or refused. */
function takeTexts(app: App): void {
  app.addContentTypeParser(
    ['application/octet-stream', 'application/xml', 'text/plain', 'text/xml'],
    { parseAs: 'buffer' },
    (_request, body, done) => {
      const bytes = body as Buffer;
      if (isUtf8(bytes)) done(null, bytes.toString('utf8'));
      else done(new MusterError(3407, 'the body is not UTF-8'));
    },
  );
}

/** A path that is there answers methods that it does not know with 405, not with 404. */
function refuseOtherVerbs(app: App): void {
  const known = new Map<string, Set<string>>();
  for (const { path, verb } of endpoints) {
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
    known.set(url, (known.get(url) ?? new Set()).add(verb));
  }
  for (const [url, verbs] of known) {
    app.route({
      method: VERBS.filter((verb) => !verbs.has(verb)),
      url,
      schema: { hide: true },
      handler: (request, reply) => {
        reply.header('allow', [...verbs].join(', '));
        return sendError(
          reply,
          new MusterError(3410, `${request.method}; it knows ${[...verbs].join(', ')}`),
        );
      },
    });
  }
}
