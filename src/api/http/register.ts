import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { TaggedLog } from '../../observe/log.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { ItemsResult, MethodSpec } from '../../requests/method.ts';
import { methods } from '../../requests/methods.ts';
import type { Role } from '../auth/users.ts';
import { ANSWER_TIMEOUT_MS, LONG_ANSWER_TIMEOUT_MS, MAX_FILE_BODY_BYTES } from '../limits.ts';
import type { Ask, Endpoint } from '../routes/endpoint.ts';
import { common } from '../routes/query.ts';
import { itemOf, openItemOf, resultOf } from '../routes/results.ts';
import type { ApiServices } from '../services.ts';
import type { App } from './app.ts';
import { allow } from './authenticate.ts';
import { clientAddress } from './client-address.ts';
import { dataEnvelope, itemsEnvelope, wrapData, wrapItems } from './envelope.ts';
import { withErrors } from './responses.ts';
import { writerOf } from './writer.ts';

type Query = { pretty?: boolean; wait_for_complete?: boolean; raw?: boolean };

/** Whoever may only look neither changes anything nor hears secrets. */
export function roleOf({ method }: Endpoint): Role {
  const spec: MethodSpec = methods[method];
  return spec.writes || spec.confidential ? 'administrator' : 'readonly';
}

/** Makes a route of an endpoint. */
export function registerEndpoint(app: App, services: ApiServices, endpoint: Endpoint): void {
  const role = roleOf(endpoint);
  const isWrite = endpoint.verb !== 'GET';
  const answerSchema = answerSchemaOf(endpoint);
  app.route({
    method: endpoint.verb,
    url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    onRequest: allow(services.tokens, role),
    ...(takesFile(endpoint) && { bodyLimit: MAX_FILE_BODY_BYTES }),
    schema: schemaOf(endpoint, role, answerSchema),
    handler: async (request, reply) => {
      const asking = ask(services, endpoint, request, reply);
      const answer = isWrite ? await logged(services.log, request, asking) : await asking;
      if (typeof answer === 'string') return reply.type('text/plain').send(answer);
      const write = writerOf(request);
      // A page of a list is long, and was checked when it came.
      const isChecked = endpoint.answer.kind === 'items';
      reply.serializer((data) => write(isChecked ? data : checked(answerSchema, data)));
      return reply.type('application/json; charset=utf-8').send(answer);
    },
  });
}

const takesFile = ({ body }: Endpoint) => body !== null && 'text' in body;

function schemaOf(endpoint: Endpoint, role: Role, answerSchema: z.ZodType) {
  const { tag, summary, params, query, body, answer } = endpoint;
  const json = { schema: answerSchema };
  const isText = answer.kind === 'single' && 'toText' in answer;
  const text = isText ? { 'text/plain': { schema: z.string() } } : {};
  return {
    tags: [tag],
    summary,
    description: role === 'administrator' ? 'For administrators.' : undefined,
    ...(Object.keys(params).length > 0 ? { params: z.strictObject(params) } : {}),
    querystring: z.strictObject({ ...query, ...common }),
    ...(body === null ? {} : { body: 'json' in body ? body.json : z.string() }),
    ...(body !== null && 'text' in body ? { consumes: [body.text] } : {}),
    response: withErrors({
      200: { description: 'The answer.', content: { 'application/json': json, ...text } },
    }),
  };
}

function answerSchemaOf({ answer, method }: Endpoint): z.ZodType {
  if (answer.kind === 'data') return dataEnvelope(resultOf(method));
  if (answer.kind === 'single') return itemsEnvelope(resultOf(method));
  const open = answer.kind === 'item' ? answer.open : undefined;
  return itemsEnvelope(open === undefined ? itemOf(method) : openItemOf(method, open));
}

function checked(schema: z.ZodType, answer: unknown): unknown {
  const result = schema.safeEncode(answer);
  if (result.success) return result.data;
  throw new MusterError(3414, null, { cause: result.error });
}

/** The answer: a text as it is, or what becomes JSON. */
async function ask(
  services: ApiServices,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string | object> {
  const { pretty: _, wait_for_complete, ...query } = request.query as Query;
  const { args, nodes }: Ask = endpoint.ask({ params: request.params, query, body: request.body } as never);
  const result = await services.cluster.request(endpoint.method, given(args), {
    timeoutMs: wait_for_complete ? LONG_ANSWER_TIMEOUT_MS : ANSWER_TIMEOUT_MS,
    signal: goneSignal(request, reply),
    ...(nodes === undefined ? {} : { nodes }),
    ...(request.session === null ? {} : { user: request.session.user.name }),
  });
  return answerOf(endpoint, result, query.raw === true);
}

function answerOf({ answer: how }: Endpoint, result: unknown, isRaw: boolean): string | object {
  if (how.kind === 'data') return wrapData(result as object, how.message);
  if (how.kind === 'single') {
    if (isRaw && how.toText !== undefined) return how.toText(result as never);
    return wrapItems({ items: [result], totalItems: 1, failed: [], message: how.message });
  }
  const items = result as ItemsResult;
  const [failure] = items.failed;
  if (how.kind === 'item' && items.items.length === 0 && failure !== undefined) {
    const { code, detail } = failure.error;
    throw new MusterError(code, detail ?? failure.ids.join(', '));
  }
  return wrapItems(items);
}

/** Aborts when the client goes away before its answer: nobody works for it any longer. */
function goneSignal(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  request.raw.socket.once('close', onClose);
  reply.raw.once('finish', () => request.raw.socket.off('close', onClose));
  function onClose() {
    gone.abort(new MusterError(3120, 'the client is gone'));
  }
  return gone.signal;
}

/** Without the keys that are not given: schemas of methods are strict, and bytes are bytes. */
function given<T>(args: T): T {
  return Object.fromEntries(
    Object.entries(args as object)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isPlain(value) ? given(value) : value]),
  ) as T;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whoever changes something, or tries to, is named: what failed may have been done in part. */
async function logged<T>(log: TaggedLog, request: FastifyRequest, work: Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const who = `${request.session?.user.name ?? 'nobody'} (${clientAddress(request)})`;
  const told = (what: string) =>
    `${who}: ${request.method} ${request.url} ${what} ${((performance.now() - startedMs) / 1000).toFixed(3)}s`;
  try {
    const result = await work;
    log.info(told('in'));
    return result;
  } catch (error) {
    log.warning(`${told('failed after')}: ${MusterError.from(error).toLog()}`);
    throw error;
  }
}
