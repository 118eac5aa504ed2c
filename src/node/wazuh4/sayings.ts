import { handleOfTask } from '../../../machines/transfer/task-name.ts';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import { exceptionOfError, lineOf } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { MusterError, type WireError } from '../../protocol/errors.ts';
import { sayRequest } from '../../requests/wazuh4/translate.ts';
import { healthOf, nodesOf, queryOfHealth } from '../../requests/wazuh4/views.ts';
import type { Conversation } from './conversation.ts';
import { NO_DIGEST } from './given-up.ts';
import { type Args4, type Phrase, phrase, type Sayings } from './terms.ts';

const NOTHING = {};
const done = () => NOTHING;
const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const textOf = (data: Uint8Array) => Buffer.from(data).toString('latin1');
const exceptionIn = (error: WireError) => exceptionOfError(MusterError.fromWire(error));
const lineIn = (error: WireError) => lineOf(exceptionIn(error));
/** What a peer answers to the end of a file that is not whole: there is no more to say about a transfer. */
const TOLD = 3112;
/** By these codes a receiver says that a file did not come. */
const NOT_ARRIVED: readonly number[] = [3039, 3040];

/** How Wazuh 4.x says what a node of ours wants to say to its peer. */
export function sayings(talk: Conversation): Sayings {
  return { ...anybodys(talk), ...mastersSayings(talk), ...workersSayings(talk) };
}

function anybodys(talk: Conversation): Sayings {
  const peer = talk.options.role === 'master' ? 'worker' : 'master';
  return {
    echo: ({ data }) =>
      phrase('echo', 'echo', { data: bytesOf(data) }, (reply) => ({ data: textOf(reply.data) })),
    new_file: ({ name }) => {
      const path = `${talk.directory}/${name}`;
      return phrase('new_file', 'new_file', { path }, () => ({ handle: talk.sendFile(path), offset: 0 }));
    },
    file_upd: ({ handle, data }) =>
      phrase('file_upd', 'file_upd', { path: talk.sentFile(handle), data }, done),
    file_end: ({ handle, digest }) => {
      const args = { path: talk.endFile(handle), digest: Buffer.from(digest, 'hex') };
      return phrase('file_end', 'file_end', args, done);
    },
    new_str: ({ size }) =>
      phrase('new_str', 'new_str', { size }, ({ id }) => {
        talk.sentStrings.set(id, size);
        return { handle: id };
      }),
    str_upd: ({ handle, data }) => {
      talk.sentStrings.delete(handle);
      return phrase('str_upd', 'str_upd', { id: handle, data }, done);
    },
    err_str: ({ size }) => phrase('err_str', 'err_str', { size }, ({ id }) => ({ handle: id })),
    cancel_task: (args) => cancelling(talk, args),
    dapi: ({ id, request }) =>
      phrase('dapi', 'dapi', { id: id ?? '', request: sayRequest(request, peer) }, () => ({
        id: id ?? '',
      })),
    dapi_res: ({ id, handle }) =>
      phrase('dapi_res', 'dapi_res', { id, string: stringOf(talk, handle) }, done),
    dapi_err: ({ id, error }) => phrase('dapi_err', 'dapi_err', { id, text: lineIn(error) }, done),
  };
}

function mastersSayings(talk: Conversation): Sayings {
  return {
    'echo-m': ({ data }) =>
      phrase('echo-m', 'echo-m', { data: bytesOf(data) }, (reply) => ({ data: textOf(reply.data) })),
    syn_m_c_ok: () => phrase('syn_m_c_ok', 'syn_m_c_ok', NOTHING, done),
    syn_m_c: () => phrase('syn_m_c', 'syn_m_c', NOTHING, ({ task }) => ({ task })),
    syn_m_c_e: ({ task, file, error }) => {
      if (error !== null) return failing(talk, task, error);
      return phrase('syn_m_c_e', 'syn_m_c_e', { task: task ?? '', path: `${talk.directory}/${file}` }, done);
    },
    syn_m_a_e: (report) => phrase('syn_m_a_e', 'syn_m_a_e', report, done),
    syn_m_a_err: ({ error }) => phrase('syn_m_a_err', 'syn_m_a_err', { text: lineIn(error) }, done),
    syn_g_m_w: ({ handles }) => {
      const id = onlyOne(talk, handles);
      // The verdict may come in one breath with the answer, before anybody has looked at that.
      talk.groupsTasks.difference = String(id);
      return phrase('syn_g_m_w', 'syn_g_m_w', { id }, (reply) => ({ task: String(reply.id) }));
    },
    syn_g_m_w_c: ({ handles }) => {
      const id = onlyOne(talk, handles);
      // The verdict may come in one breath with the answer, before anybody has looked at that.
      talk.groupsTasks.full = String(id);
      return phrase('syn_g_m_w_c', 'syn_g_m_w_c', { id }, (reply) => ({ task: String(reply.id) }));
    },
    sendsyn_res: ({ id, handle }) =>
      phrase('sendsyn_res', 'sendsyn_res', { id, string: stringOf(talk, handle) }, done),
    sendsyn_err: ({ id, error }) => phrase('sendsyn_err', 'sendsyn_err', { id, text: lineIn(error) }, done),
  };
}

function workersSayings(talk: Conversation): Sayings {
  const { compatibleVersion: version } = talk.options;
  return {
    hello: ({ name, cluster, type }) =>
      // The answer does not say who the master is: that is asked later.
      phrase('hello', 'hello', { name, cluster, type, version }, () => ({
        name: 'master',
        version,
        protocol: 1,
        features: [],
      })),
    'echo-c': ({ data }) =>
      phrase('echo-c', 'echo-c', { data: bytesOf(data) }, (reply) => ({ data: textOf(reply.data) })),
    syn_i_w_m_p: () =>
      phrase('syn_i_w_m_p', 'syn_i_w_m_p', NOTHING, ({ granted }) => ({
        granted,
        inStep: false,
        digest: null,
      })),
    syn_i_w_m: () =>
      phrase('syn_i_w_m', 'syn_i_w_m', NOTHING, ({ task }) => {
        talk.integrityTask = task;
        talk.applyTask = null;
        return { task };
      }),
    syn_i_w_m_e: ({ task, file }) =>
      phrase('syn_i_w_m_e', 'syn_i_w_m_e', { task, path: `${talk.directory}/${file}` }, done),
    syn_i_w_m_r: ({ task, error }) =>
      // Once it has sent its package, a master's process is over.
      phrase(
        'syn_i_w_m_r',
        'syn_i_w_m_r',
        { task: talk.applyTask === null ? task : null, error: exceptionIn(error) },
        done,
      ),
    syn_a_w_m_p: () => phrase('syn_a_w_m_p', 'syn_a_w_m_p', NOTHING, ({ granted }) => ({ granted })),
    syn_a_w_m: ({ handle }) =>
      phrase('syn_a_w_m', 'syn_a_w_m', { id: onlyOne(talk, [handle]) }, ({ id }) => ({ task: String(id) })),
    syn_w_g_c: () => phrase('syn_w_g_c', 'syn_w_g_c', NOTHING, done),
    syn_w_g_e: (report) => phrase('syn_w_g_e', 'syn_w_g_e', reportIn(report), done),
    syn_w_g_err: ({ error }) => phrase('syn_w_g_err', 'syn_w_g_err', { text: lineIn(error) }, done),
    syn_wgc_e: (report) => phrase('syn_wgc_e', 'syn_wgc_e', reportIn(report), done),
    syn_wgc_err: ({ error }) => phrase('syn_wgc_err', 'syn_wgc_err', { text: lineIn(error) }, done),
    sendsync: ({ id, daemon, message }) =>
      phrase(
        'sendsync',
        'sendsync',
        { id: id ?? '', request: { daemon_name: daemon, message: messageOf(message) } },
        () => ({ answer: null }),
      ),
    get_nodes: (query) =>
      phrase('get_nodes', 'get_nodes', query, (reply) => {
        const nodes = nodesOf(reply);
        talk.masterName = nodes.items.find(({ type }) => type === 'master')?.name ?? talk.masterName;
        return nodes;
      }),
    get_health: (query) => phrase('get_health', 'get_health', queryOfHealth(query), healthOf),
  };
}

/** A string that a command names is the peer's from then on. */
function stringOf(talk: Conversation, handle: number | null): number {
  if (handle === null) throw new MusterError(3018, 'an answer travels as a long string');
  talk.sentStrings.delete(handle);
  return handle;
}

function onlyOne(talk: Conversation, handles: readonly number[]): number {
  const [handle, ...others] = handles;
  if (handle === undefined || others.length > 0)
    throw new MusterError(3018, `${handles.length} strings, where the peer takes one`);
  return stringOf(talk, handle);
}

const reportIn = ({
  updated_chunks,
  error_messages,
  time_spent,
}: ArgsOf<'syn_w_g_e'>): Args4<'syn_w_g_e'> => ({
  updated_chunks,
  error_messages,
  time_spent,
});

/** An object travels as one, everything else as text. */
function messageOf(message: ArgsOf<'sendsync'>['message']): Args4<'sendsync'>['request']['message'] {
  if (typeof message === 'string') return message;
  return typeof message === 'object' && message !== null && !Array.isArray(message)
    ? message
    : JSON.stringify(message);
}

/** The master gives a process up: a worker whose list did not come is told as who waited for it. */
function failing(
  { integrityTask }: Conversation,
  task: string | null,
  error: WireError,
): Phrase<'syn_m_c_e'> {
  if (task === null && integrityTask !== null && NOT_ARRIVED.includes(error.code))
    return phrase('syn_m_c_e', 'cancel_task', { task: integrityTask, error: exceptionIn(error) }, done);
  return phrase('syn_m_c_e', 'syn_m_c_r', { task, error: exceptionIn(error) }, done);
}

/** Nobody there waits to hear of anything else but tasks. */
function cancelling(talk: Conversation, { task, error }: ArgsOf<'cancel_task'>): Phrase<'cancel_task'> {
  const handle = handleOfTask(task);
  if (handle !== null) return withdrawing(talk, handle);
  // The peer that sends knows the task of whoever waits.
  const named = task === talk.integrityTask ? (talk.applyTask ?? task) : task;
  return phrase('cancel_task', 'cancel_task', { task: named, error: exceptionIn(error) }, done);
}

/**
 * A transfer that is given up is ended so that it counts for nothing. A string can be taken back as long as nothing of it has
 * come: of those of one size a peer lets go of the first such, which later would be another.
 */
function withdrawing(talk: Conversation, handle: number): Phrase<'cancel_task'> {
  const size = talk.sentStrings.get(handle);
  if (size !== undefined) {
    talk.sentStrings.delete(handle);
    return phrase('cancel_task', 'err_str', { size }, done);
  }
  if (talk.isSending(handle))
    return phrase('cancel_task', 'file_end', { path: talk.endFile(handle), digest: NO_DIGEST }, done);
  throw new MusterError(TOLD, `of ${handle} nothing can be taken back`);
}

/** How a command is said. Throws 3018 for one that the peer does not know. */
export function said<C extends CommandName>(all: Sayings, command: C, args: ArgsOf<C>): Phrase<C> {
  const say = Object.hasOwn(all, command) ? all[command] : undefined;
  if (say === undefined) throw new MusterError(3018, `a node of Wazuh 4.x does not know ${command}`);
  return (say as (args: ArgsOf<C>) => Phrase<C>)(args);
}
