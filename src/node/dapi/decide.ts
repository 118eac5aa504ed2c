import { HERE } from '../../../machines/dapi/queue.ts';
import { check } from '../../protocol/dialects/check.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { OfferedMethod } from '../../requests/handlers.ts';
import { byNumber } from '../../requests/known-agents.ts';
import { ALL_NODES, type ItemsResult, isAboutItems } from '../../requests/method.ts';
import { checkAsked } from '../../requests/wazuh4/translate.ts';
import { masterChannel } from '../effects/master-channel.ts';
import type { NodeServices } from '../services.ts';
import type { AgentNodes } from './agent-nodes.ts';
import { carriedPlan } from './carry.ts';
import type { LiveRequest, Place, Plan } from './live-requests.ts';

const ABOUT_NODES = ['cluster.nodes', 'cluster.health'];
/** What the store says of an agent that reported to nobody yet. */
const UNKNOWN_NODE = 'unknown';

/**
 * Where a request is worked on: at once, unless it has to be looked up where agents report. Fails with 3300 for an unknown
 * method, 3108 for arguments that do not fit, 3019 for what only a master does, 3023 on a worker without one, and with
 * that for which a request of a peer is refused. Specification: Distributed API requests.
 */
export function decide(services: NodeServices, agents: AgentNodes, live: LiveRequest): Plan | Promise<Plan> {
  const carried = carriedPlan(services, agents, live);
  if (carried instanceof Promise) return carried.then((plan) => plan ?? ownPlan(services, agents, live));
  return carried ?? ownPlan(services, agents, live);
}

function ownPlan(services: NodeServices, agents: AgentNodes, live: LiveRequest): Plan | Promise<Plan> {
  const { config, methods } = services;
  checkAsked(live.request);
  const { request, origin } = live;
  const method = methods.get(request.method);
  if (method === undefined) throw new MusterError(3300, request.method);
  const { spec } = method;
  if (request.type !== spec.type) throw new MusterError(3300, `${request.method} is ${spec.type}`);
  live.method = method;
  const args = check(spec.args, request.args, request.method) as object;
  const whole = (place: string): Plan => ({
    places: [{ place, args: place === HERE ? args : request.args, ids: null }],
    failed: [],
    isSplit: false,
  });

  if (live.forwardTo === null)
    return { ...byNodes(services, null, args, request.args), tellsNodes: tellsNodes(services, live, spec) };
  if (live.forwardTo !== undefined) return forwarded(services, live.forwardTo, args, request.args, spec.type);
  if (!config.distributedApiEnabled || spec.type === 'local_any') return whole(HERE);
  if (config.role === 'worker') {
    // What the master passes on it has decided already.
    if (origin.node === null)
      return whole(asksItself(services, request.method) ? HERE : masterName(services));
    if (spec.type === 'local_master') throw new MusterError(3019, request.method);
    return whole(HERE);
  }
  if (spec.type === 'local_master') return whole(HERE);
  return spec.target === 'agents'
    ? byAgents(services, agents, live, args)
    : byNodes(services, request.nodes, args, request.args);
}

/** About nodes some masters are asked by commands, which a worker's own handlers do. */
const asksItself = ({ channels }: NodeServices, method: string) =>
  ABOUT_NODES.includes(method) && channels.master()?.traits.answersAboutNodes === false;

/** Throws 3023 while there is none. */
function masterName(services: NodeServices): string {
  masterChannel(services);
  return services.status.master?.name ?? '';
}

const isKnown = ({ config, status }: NodeServices, node: string) =>
  node === config.nodeName || status.worker(node) !== undefined;

const allNodes = ({ config, status }: NodeServices) => [
  config.nodeName,
  ...[...status.workers.values()].map(({ name }) => name),
];

/**
 * `dapi_fwd` to all nodes: where a method is about no items, what each node tells is one. Clients of Wazuh 4.x have no words
 * for that: they are told as the original tells them of all nodes, that there is no such node (3022).
 */
function tellsNodes(
  { channels }: NodeServices,
  { origin }: LiveRequest,
  spec: OfferedMethod['spec'],
): boolean {
  if (isAboutItems(spec)) return false;
  if (channels.find(origin.connectionId)?.traits.resultForm === 'classes')
    throw new MusterError(3022, ALL_NODES);
  return true;
}

/** `dapi_fwd`: one node, whose answer is the whole answer. */
function forwarded(
  services: NodeServices,
  node: string,
  args: object,
  raw: object,
  type: OfferedMethod['spec']['type'],
): Plan {
  if (!isKnown(services, node)) throw new MusterError(3022, node);
  const isHere = node === services.config.nodeName;
  if (type === 'local_master' && !isHere) throw new MusterError(3019, `${node} is a worker`);
  return {
    places: [{ place: isHere ? HERE : node, args: isHere ? args : raw, ids: null }],
    failed: [],
    isSplit: false,
  };
}

function byNodes(services: NodeServices, wanted: readonly string[] | null, args: object, raw: object): Plan {
  const nodes = [...new Set(wanted ?? allNodes(services))];
  const known = nodes.filter((node) => isKnown(services, node));
  const unknown = nodes.filter((node) => !isKnown(services, node));
  return {
    places: known.map((node) => placeOf(services, node, args, raw, [node])),
    failed: unknown.map((node) => failedAt(node, [node])),
    isSplit: true,
  };
}

function placeOf(services: NodeServices, node: string, args: object, raw: object, ids: string[]): Place {
  return node === services.config.nodeName ? { place: HERE, args, ids } : { place: node, args: raw, ids };
}

const failedAt = (node: string, ids: string[]): ItemsResult['failed'][number] => ({
  error: new MusterError(3022, `${node} is not connected`).toWire(),
  ids,
});

/**
 * Each agent is asked for at the node to which it reports; what the master alone can say of, such as agents that do not
 * exist or report to nobody, it says itself.
 */
async function byAgents(
  services: NodeServices,
  agents: AgentNodes,
  { request }: LiveRequest,
  args: object,
): Promise<Plan> {
  const listed = (args as { agents?: readonly (string | number)[] | null }).agents;
  if (listed === undefined || listed === null) return byNodes(services, request.nodes, args, request.args);
  const nodes = await agents.of(listed.map(Number).filter(Number.isSafeInteger));
  const parts = new Map<string, (string | number)[]>();
  for (const agent of byNumber(listed).values()) {
    const reported = nodes.get(Number(agent)) ?? UNKNOWN_NODE;
    const node = reported === UNKNOWN_NODE ? services.config.nodeName : reported;
    if (request.nodes !== null && !request.nodes.includes(node)) continue;
    const part = parts.get(node);
    if (part === undefined) parts.set(node, [agent]);
    else part.push(agent);
  }
  const split = [...parts].map(([node, ids]) => ({ node, ids, words: ids.map(String) }));
  return {
    places: split
      .filter(({ node }) => isKnown(services, node))
      .map(({ node, ids, words }) => {
        const raw = { ...request.args, agents: ids };
        return placeOf(services, node, { ...args, agents: ids }, raw, words);
      }),
    failed: split
      .filter(({ node }) => !isKnown(services, node))
      .map(({ node, words }) => failedAt(node, words)),
    isSplit: true,
  };
}
