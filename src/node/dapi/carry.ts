import type { WrittenRequest } from '../../protocol/dialects/wazuh4/api-request.ts';
import { MusterError } from '../../protocol/errors.ts';
import { namedAgents, namedNodes } from '../../requests/wazuh4/named.ts';
import { mayKnowAll } from '../../requests/wazuh4/permissions.ts';
import { refusalOf, writtenIn } from '../../requests/wazuh4/translate.ts';
import { masterChannel } from '../effects/master-channel.ts';
import type { NodeServices } from '../services.ts';
import type { AgentNodes } from './agent-nodes.ts';
import type { LiveRequest, Plan } from './live-requests.ts';

/*
 * Requests of the original name functions, and of those a node of ours answers few. One that ends at a node of the
 * original's goes there as it came, and its answer goes back as it comes: nothing is called by such a name here, and what
 * ends here and is not answered stays refused.
 */

const whole = (place: string, text: string): Plan => ({
  places: [{ place, args: {}, text, ids: null }],
  failed: [],
  isSplit: false,
});

/**
 * Where a request of a peer's is carried as it came; null for one that is ours to answer, or to refuse. Fails with 3022 for a
 * node that is not there, 3023 on a worker without a master, 4000 for who may not know of the nodes.
 */
export function carriedPlan(
  services: NodeServices,
  agents: AgentNodes,
  live: LiveRequest,
): Plan | null | Promise<Plan | null> {
  const { request, origin, forwardTo } = live;
  const written = writtenIn(request);
  if (written === null || !services.config.distributedApiEnabled) return null;
  // What the master passes on ends here.
  if (services.config.role === 'worker')
    return origin.node === null ? toMaster(services, live, written) : null;
  if (forwardTo !== undefined)
    return forwardTo !== null && isOriginal(services, forwardTo) ? whole(forwardTo, written.text) : null;
  const { request_type: type, from_cluster: isDecided } = written.asked;
  if (refusalOf(request) === null || type !== 'distributed_master' || isDecided === true) return null;
  return toWorker(services, agents, written);
}

/** A master of the original's is brought what it can answer; one of ours what is refused here, as it may know who answers. */
function toMaster(
  services: NodeServices,
  { request }: LiveRequest,
  { asked, text }: WrittenRequest,
): Plan | null {
  const isRefused = refusalOf(request) !== null;
  if (!isRefused && request.type === 'local_any') return null;
  const { answersAsOriginal } = masterChannel(services).traits;
  const mayKnowWho = isRefused && asked.request_type === 'distributed_master';
  return answersAsOriginal || mayKnowWho ? whole(services.status.master?.name ?? '', text) : null;
}

const isOriginal = ({ status, channels }: NodeServices, node: string) => {
  const worker = status.worker(node);
  return worker !== undefined && channels.find(worker.connectionId)?.traits.answersAsOriginal === true;
};

/** The one worker that is to answer, if it is an original: answers of several are not ours to merge. */
async function toWorker(
  services: NodeServices,
  agents: AgentNodes,
  written: WrittenRequest,
): Promise<Plan | null> {
  const { f_kwargs: kwargs = {}, rbac_permissions: permissions } = written.asked;
  const named = namedNodes(kwargs);
  const reporting = await nodesOf(agents, namedAgents(kwargs));
  const [node, ...others] = reporting ?? named ?? [];
  if (node === undefined || others.length > 0) return null;
  if (reporting !== null && named !== null && !named.includes(node)) return null;
  if (node === services.config.nodeName) return null;
  if (named !== null && !mayKnowAll('cluster:read', permissions)) throw new MusterError(4000, 'cluster:read');
  if (services.status.worker(node) === undefined) throw new MusterError(3022, node);
  if (!isOriginal(services, node)) return null;
  return whole(node, written.textForOne);
}

const AGENT_ID = /^\d{3,8}$/;

/** Where these agents report; null where there are none to look for, and also where it is not known of each. */
async function nodesOf(agents: AgentNodes, ids: readonly string[] | null): Promise<readonly string[] | null> {
  if (ids === null) return null;
  if (!ids.every((id) => AGENT_ID.test(id))) return [];
  const known = await agents.of(ids.map(Number));
  const nodes = ids.map((id) => known.get(Number(id)) ?? null);
  return nodes.every((node) => node !== null && node !== 'unknown')
    ? [...new Set(nodes as readonly string[])]
    : [];
}
