import type { ArgsOf } from '../protocol/commands.ts';
import type { BulkData } from '../protocol/dialects/dialect.ts';
import { MusterError } from '../protocol/errors.ts';
import { stringName } from './arrivals.ts';
import type { Peer, Request } from './peer.ts';

/** By command. `Who` knows what the answers are about. */
export type Replies<Who = unknown> = Readonly<
  Record<string, (peer: Peer, request: Request, who: Who) => void>
>;

const acknowledge =
  (command: 'syn_i_m_w' | 'bye' | 'file_end' | 'cancel_task') =>
  (peer: Peer, { counter }: Request) =>
    peer.reply(counter, command, {});
const arrived =
  (command: 'file_upd' | 'str_upd') =>
  (peer: Peer, { counter, args }: Request) => {
    const { handle, data } = args as BulkData;
    peer.arrivals.add(handle, Buffer.from(data));
    peer.reply(counter, command, {});
  };
const noRequests = (peer: Peer, { counter }: Request) =>
  peer.refuse(counter, new MusterError(3109, 'who tests conformance answers no requests'));

/** What any node is asked at any time. Files and strings are thrown away, once they have been looked at. */
export const commonAsides: Replies = {
  echo: (peer, { counter, args }) => peer.reply(counter, 'echo', args as ArgsOf<'echo'>),
  new_str: (peer, { counter }) => {
    const handle = peer.nextCounter();
    peer.arrivals.begin(handle, stringName(handle));
    peer.reply(counter, 'new_str', { handle });
  },
  str_upd: arrived('str_upd'),
  err_str: (peer, { counter }) => peer.reply(counter, 'err_str', { handle: null }),
  new_file: (peer, { counter, args }) => {
    const handle = peer.nextCounter();
    peer.arrivals.begin(handle, (args as ArgsOf<'new_file'>).name);
    peer.reply(counter, 'new_file', { handle, offset: 0 });
  },
  file_upd: arrived('file_upd'),
  file_end: acknowledge('file_end'),
};

/** What a worker is asked at any time, and answers whatever else goes on. Agent-groups are said to be as they were sent. */
const replies: Replies = {
  ...commonAsides,
  'echo-m': (peer, { counter, args }) => peer.reply(counter, 'echo-m', args as ArgsOf<'echo-m'>),
  syn_i_m_w: acknowledge('syn_i_m_w'),
  bye: acknowledge('bye'),
  cancel_task: acknowledge('cancel_task'),
  syn_g_m_w: (peer, request) => {
    const task = `groups-${request.counter}`;
    peer.reply(request.counter, 'syn_g_m_w', { task });
    peer.ask('syn_w_g_e', { ...stored(request), task, matches: true }, true);
  },
  syn_g_m_w_c: (peer, request) => {
    const task = `groups-${request.counter}`;
    peer.reply(request.counter, 'syn_g_m_w_c', { task });
    peer.ask('syn_wgc_e', { ...stored(request), task, matches: true, differing: null }, true);
  },
  dapi: noRequests,
};

const stored = ({ args }: Request) => ({
  updated_chunks: (args as ArgsOf<'syn_g_m_w'>).handles.length,
  error_messages: [],
  time_spent: 0,
});

const ends: Replies = {
  cancel_task: acknowledge('cancel_task'),
  syn_m_c_ok: (peer, { counter }) => peer.reply(counter, 'syn_m_c_ok', {}),
  syn_m_a_e: (peer, { counter }) => peer.reply(counter, 'syn_m_a_e', {}),
  syn_m_a_err: (peer, { counter }) => peer.reply(counter, 'syn_m_a_err', {}),
  dapi_res: (peer, { counter }) => peer.reply(counter, 'dapi_res', {}),
  dapi_err: (peer, { counter }) => peer.reply(counter, 'dapi_err', {}),
  bye: acknowledge('bye'),
};

/** Acknowledges what a path has to hear, and to which there is nothing to say. */
export function acknowledgeEnd(peer: Peer, request: Request): void {
  ends[request.command]?.(peer, request, null);
}

/** Answers what is none of the business of a path; false for what a master may not ask just so. */
export function answerAside(peer: Peer, request: Request): boolean {
  const reply = Object.hasOwn(replies, request.command) ? replies[request.command] : undefined;
  reply?.(peer, request, null);
  return reply !== undefined;
}
