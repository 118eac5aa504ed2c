import { handleOfTask } from '../../../machines/transfer/task-name.ts';
import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import { commonAsides, type Replies } from '../aside.ts';
import type { Peer, Request } from '../peer.ts';
import type { Host } from './talk-with-worker.ts';

const refuse = (peer: Peer, { counter }: Request) =>
  peer.refuse(counter, new MusterError(3109, 'who tests conformance answers no requests'));

/** What a master is asked at any time, and answers whatever else goes on. Nobody is given a permission. */
const replies: Replies<Host> = {
  ...commonAsides,
  'echo-c': (peer, { counter, args }) => peer.reply(counter, 'echo-c', args as ArgsOf<'echo-c'>),
  syn_i_w_m_p: (peer, { counter }) =>
    peer.reply(counter, 'syn_i_w_m_p', { granted: false, inStep: false, digest: null }),
  syn_i_w_m_r: (peer, { counter }) => peer.reply(counter, 'syn_i_w_m_r', {}),
  syn_a_w_m_p: (peer, { counter }) => peer.reply(counter, 'syn_a_w_m_p', { granted: false }),
  get_nodes: (peer, { counter }, host) => {
    const items = nodesOf(host);
    peer.reply(counter, 'get_nodes', { items, totalItems: items.length });
  },
  get_health: (peer, { counter }, host) => {
    const nodes = nodesOf(host).map((info) => [info.name, { info: { ...info, n_active_agents: null } }]);
    peer.reply(counter, 'get_health', { n_connected_nodes: 1, nodes: Object.fromEntries(nodes) });
  },
  dapi: refuse,
  sendsync: refuse,
};

const nodesOf = ({ name, version, target, worker }: Host) => {
  const node = (nodeName: string, type: 'master' | 'worker') => ({
    name: nodeName,
    type,
    version,
    ip: target.host,
  });
  return [node(name, 'master'), ...(worker === null ? [] : [node(worker.name, 'worker')])];
};

/** Answers what is none of the business of a path; false for what a worker may not ask just so. */
export function answerAside(peer: Peer, request: Request, host: Host): boolean {
  const { command, counter, args } = request;
  if (command === 'cancel_task' && handleOfTask((args as ArgsOf<'cancel_task'>).task) !== null) {
    peer.reply(counter, 'cancel_task', {});
    return true;
  }
  const reply = Object.hasOwn(replies, command) ? replies[command] : undefined;
  reply?.(peer, request, host);
  return reply !== undefined;
}

const ENDS = [
  'cancel_task',
  'syn_i_w_m_r',
  'syn_w_g_e',
  'syn_w_g_err',
  'syn_wgc_e',
  'syn_wgc_err',
  'dapi_res',
  'dapi_err',
] as const;

/** Acknowledges what a path has to hear, and to which there is nothing to say. */
export function acknowledgeEnd(peer: Peer, { command, counter }: Request): void {
  const end = ENDS.find((one) => one === command);
  if (end !== undefined) peer.reply(counter, end, {});
}
