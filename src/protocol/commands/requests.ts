import { z } from 'zod';
import {
  MAX_JSON_CHARS,
  MAX_NODES,
  MAX_REQUEST_VALUES,
  MAX_SHORT_ANSWER_BYTES,
  MAX_SHORT_TEXT_CHARS,
} from '../limits.ts';
import { healthExample, healthQuery, healthReply } from './node-health.ts';
import { nodesExample, nodesQuery, nodesReply } from './node-list.ts';
import {
  deadline,
  handle,
  json,
  jsonObject,
  nodeName,
  nothing,
  shortText,
  taskId,
  wireError,
} from './shapes.ts';
import { bothLocal, bothNodes, command } from './spec.ts';

/** Names of nodes that a request came through, the last one last, with `*` between them. */
const senders = z
  .string()
  .max(MAX_SHORT_TEXT_CHARS * 4)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(\*[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,7}$/)
  .meta({ id: 'Senders', description: 'names of the nodes that forwarded a request, joined with `*`' });
/** Methods are names of an allow-list, never names of code. */
const method = z
  .string()
  .max(MAX_SHORT_TEXT_CHARS)
  .regex(/^[a-z][a-z0-9_.]*$/)
  .meta({ id: 'Method', description: 'a name of the list of methods that nodes offer to each other' });

const apiRequest = z
  .strictObject({
    method,
    args: jsonObject,
    type: z.enum(['local_any', 'local_master', 'distributed_master']),
    nodes: z.array(nodeName).max(MAX_NODES).nullable(),
    user: shortText.nullable(),
    permissions: jsonObject,
    timeoutMs: deadline,
  })
  .meta({ id: 'ApiRequest', description: 'a request of the distributed API' });
const requestExample = {
  method: 'agents.list',
  args: {},
  type: 'distributed_master' as const,
  nodes: null,
  user: null,
  permissions: {},
  timeoutMs: 10_000,
};

/** The request of this id is answered: by the long string that came under the handle, or by the text, if it is short. */
const answer = z
  .strictObject({
    id: taskId,
    handle: handle.nullable(),
    text: z.string().max(MAX_SHORT_ANSWER_BYTES).nullable(),
  })
  .meta({
    id: 'Answer',
    description: 'an answer as JSON: the handle of a long string, or the text if it is short',
  });
const answerExample = { args: { id: 'r9', handle: 7, text: null }, reply: {} };
const failure = z.strictObject({ id: taskId, error: wireError });
const failureExample = { args: { id: 'r9', error: { code: 3021, detail: null } }, reply: {} };

const serviceRequest = z.strictObject({
  id: taskId.nullable(),
  daemon: shortText,
  message: json,
  timeoutMs: deadline,
});
const serviceExample = {
  id: 'r9',
  daemon: 'authd',
  message: { function: 'add', arguments: { name: 'a1', ip: 'any' } },
  timeoutMs: 10_000,
};

/** Specification: Protocols; requests that nodes forward for others: the Distributed API and Sendsync threads. */
export const requestCommands = {
  sendsync: command({
    receivers: ['master', 'local-worker'],
    maxValues: MAX_REQUEST_VALUES,
    section: 'cluster',
    summary:
      'A message for a service of the master. From a local client `id` is null and the reply waits for the answer, which is told as the service wrote it; between nodes the answer comes as `sendsyn_res` or `sendsyn_err`.',
    args: serviceRequest,
    reply: z.strictObject({ answer: z.string().max(MAX_JSON_CHARS).nullable() }),
    example: { args: serviceExample, reply: { answer: null } },
  }),
  sendsyn_res: command({
    receivers: ['worker'],
    section: 'cluster',
    summary: 'The answer of the service: a long string, or with the message if it is short.',
    args: answer,
    reply: nothing,
    example: answerExample,
  }),
  sendsyn_err: command({
    receivers: bothNodes,
    section: 'cluster',
    summary: 'The message for a service failed.',
    args: failure,
    reply: nothing,
    example: failureExample,
  }),
  dapi: command({
    receivers: [...bothNodes, ...bothLocal],
    maxValues: MAX_REQUEST_VALUES,
    section: 'cluster',
    summary:
      'A request of the distributed API. From a local client `sender` is null. The reply names the request; the answer follows as `dapi_res` or `dapi_err`.',
    args: z.strictObject({ id: taskId.nullable(), sender: senders.nullable(), request: apiRequest }),
    reply: z.strictObject({ id: taskId }),
    example: { args: { id: 'r9', sender: 'worker1', request: requestExample }, reply: { id: 'r9' } },
  }),
  dapi_fwd: command({
    receivers: ['local-master'],
    maxValues: MAX_REQUEST_VALUES,
    section: 'local',
    summary:
      'A request of the distributed API for one node, or for all with the name `fw_all_nodes`: these answer with items, `{ node, result }` for each node where the method is about none.',
    args: z.strictObject({ node: nodeName, request: apiRequest }),
    reply: z.strictObject({ id: taskId }),
    example: { args: { node: 'fw_all_nodes', request: requestExample }, reply: { id: 'r9' } },
  }),
  dapi_res: command({
    receivers: [...bothNodes, 'local-client'],
    section: 'cluster',
    summary:
      'The answer to a request of the distributed API: a long string of JSON, or with the message if it is short.',
    args: answer,
    reply: nothing,
    example: answerExample,
  }),
  dapi_err: command({
    receivers: [...bothNodes, 'local-client'],
    section: 'cluster',
    summary: 'A request of the distributed API failed.',
    args: failure,
    reply: nothing,
    example: failureExample,
  }),
  dapi_clus: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'A request about the cluster itself: the list of nodes, or their health.',
    args: z.discriminatedUnion('request', [
      z.strictObject({ request: z.literal('get_nodes'), args: nodesQuery }),
      z.strictObject({ request: z.literal('get_health'), args: healthQuery }),
    ]),
    reply: z.union([nodesReply, healthReply]),
    example: { args: { request: 'get_health', args: healthExample.args }, reply: healthExample.reply },
  }),
  get_nodes: command({
    receivers: ['master', ...bothLocal],
    section: 'cluster',
    summary: 'The nodes of the cluster, the master first.',
    args: nodesQuery,
    reply: nodesReply,
    example: nodesExample,
  }),
  get_health: command({
    receivers: ['master', ...bothLocal],
    section: 'cluster',
    summary: 'What each node did last, and when.',
    args: healthQuery,
    reply: healthReply,
    example: healthExample,
  }),
};
