import { isSentFile, sentFileName } from '../../../machines/transfer/sent-file.ts';
import { transferTask } from '../../../machines/transfer/task-name.ts';
import { arrivingName } from '../../files/wazuh4/format.ts';
import type { wazuh4ClusterCommands } from '../../protocol/dialects/wazuh4/commands/cluster.ts';
import type { Wazuh4Request } from '../../protocol/dialects/wazuh4/dialect.ts';
import { errorOfException, printable } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { failureIn } from '../../protocol/dialects/wazuh4/failures.ts';
import type { WazuhException } from '../../protocol/dialects/wazuh4/objects.ts';
import { pythonBytes } from '../../protocol/dialects/wazuh4/python.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';
import { MAX_DEADLINE_MS, MAX_ECHO_CHARS } from '../../protocol/limits.ts';
import { understandRequest } from '../../requests/wazuh4/translate.ts';
import { health4, healthQueryOf, nodes4, queryOf } from '../../requests/wazuh4/views.ts';
import type { Arriving, Conversation } from './conversation.ts';
import { isGivenUp } from './given-up.ts';
import { type Args4, type Heard, heard, type Meanings } from './terms.ts';

const NOTHING = {};
const thanks = () => NOTHING;
/** Why is not told there. */
const GIVEN_UP = { code: 3120, detail: 'the sender gave the file up' };
const wireOf = (exception: WazuhException) => errorOfException(exception).toWire();
const wireOfText = (text: string) => failureIn(text).toWire();
/** An original tells what its store said, however long that is: it stays in states, and goes into logs. */
const brief = (report: Args4<'syn_w_g_e'>): Args4<'syn_w_g_e'> => ({
  ...report,
  error_messages: report.error_messages.map(printable),
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function echoed(data: Uint8Array): { data: string } {
  if (data.length > MAX_ECHO_CHARS) throw new MusterError(3113, `an echo of ${data.length} bytes`);
  return { data: Buffer.from(data).toString('latin1') };
}

const answered = ({ data }: { data: string }) => ({ data: Buffer.from(data, 'latin1') });

/** By `send_file` an original sends a file to the path that it has itself; one in its `tmp`, and one in `/tmp`, is called so. */
const OF_SEND_FILE = /^tmp\/([^/]+)$/;

/** What a file that the peer announces is called here. Throws 3114 for one that it may not send. */
function nameOfFile(path: string, directory: string): string {
  const sent = OF_SEND_FILE.exec(path)?.[1];
  return sent === undefined ? arrivingName(path, directory) : sentFileName(sent);
}

/** What is open under this name; the originals answer how Python shows a key that is missing. */
export function open<Key>(arriving: ReadonlyMap<Key, Arriving>, key: Key, shown: string): Arriving {
  const found = arriving.get(key);
  if (found === undefined) throw new MusterError(INTERNAL_ERROR, pythonBytes(shown));
  return found;
}

const cancelled = ({ task, error }: Args4<'cancel_task'>) =>
  heard('cancel_task', 'cancel_task', { task, error: wireOf(error) }, thanks);

/** A master that waits for our list, and no longer, names its own process; once it has announced a package, that is over. */
const isOfList = ({ options, integrityTask, applyTask }: Conversation, task: string | null) =>
  options.role === 'worker' && task !== null && task === integrityTask && applyTask === null;

/** What a peer that speaks `wazuh4` says, as a node of ours would have said it. */
function hearing(talk: Conversation): Meanings {
  return { ...anybodys(talk), ...workersWords(talk), ...mastersWords(talk) };
}

function anybodys(talk: Conversation): Meanings {
  const { maxFileBytes, maxSentFileBytes } = talk.options;
  return {
    echo: ({ data }) => heard('echo', 'echo', echoed(data), answered),
    new_str: ({ size }) =>
      heard('new_str', 'new_str', { size, digest: null }, ({ handle }) => {
        talk.arrivingStrings.set(handle, { handle, position: 0 });
        return { id: handle };
      }),
    err_str: ({ size }) =>
      heard('err_str', 'err_str', { size }, ({ handle }) => {
        if (handle !== null) talk.arrivingStrings.delete(handle);
        return { id: handle };
      }),
    new_file: ({ path }) => {
      const name = nameOfFile(path, talk.directory);
      // How many bytes come, and what they are, the end of it tells.
      const size = isSentFile(name) ? maxSentFileBytes : maxFileBytes;
      return heard('new_file', 'new_file', { name, size, digest: null }, ({ handle }) => {
        talk.arrivingFiles.set(path, { handle, position: 0 });
        return NOTHING;
      });
    },
    file_end: ({ path, digest }) => {
      const { handle } = open(talk.arrivingFiles, path, `/${path}`);
      talk.arrivingFiles.delete(path);
      // It may have been given up because we took no more of it: there is nothing to refuse then.
      if (isGivenUp(digest))
        return heard('file_end', 'cancel_task', { task: transferTask(handle), error: GIVEN_UP }, thanks);
      return heard('file_end', 'file_end', { handle, digest: hex(digest) }, thanks);
    },
    cancel_task: cancelled,
    dapi: ({ id, request }) => {
      const { role, nodeName } = talk.options;
      const about = {
        id,
        request: understandRequest(request),
        // A master may ask before its name is known: then nobody looks at what it asks until that has come.
        get sender() {
          return role === 'master' ? (talk.worker ?? nodeName) : talk.masterName;
        },
      };
      return heard('dapi', 'dapi', about, thanks);
    },
    dapi_res: ({ id, string }) => {
      const forwarded = () => ({
        to: talk.options.role === 'master' ? ('request' as const) : ('client' as const),
      });
      if (typeof string !== 'number')
        return heard('dapi_res', 'dapi_err', { id, error: wireOfText(string.failure) }, forwarded);
      talk.arrivingStrings.delete(string);
      return heard('dapi_res', 'dapi_res', { id, handle: string, text: null }, forwarded);
    },
    dapi_err: ({ id, text }) => heard('dapi_err', 'dapi_err', { id, error: wireOfText(text) }, thanks),
  };
}

/** What a master hears. */
function workersWords(talk: Conversation): Meanings {
  const { compatibleVersion } = talk.options;
  return {
    hello: ({ name, cluster, version }) => {
      const claim = { name, cluster, type: 'worker', version, protocol: { min: 1, max: 1 }, features: [] };
      // Nothing tells whether a node of this name is the same one: the one that is connected stays.
      return heard('hello', 'hello', { ...claim, node: '', session: 0 }, () => {
        // It is called so once that is granted, and not for having said so.
        talk.worker = name;
        return { name };
      });
    },
    'echo-c': ({ data }) => heard('echo-c', 'echo-c', echoed(data), answered),
    syn_i_w_m_p: () => heard('syn_i_w_m_p', 'syn_i_w_m_p', { digest: null }, ({ granted }) => ({ granted })),
    syn_i_w_m: () =>
      heard('syn_i_w_m', 'syn_i_w_m', NOTHING, ({ task }) => {
        talk.integrityTask = task;
        return { task };
      }),
    syn_i_w_m_e: ({ task, path }) =>
      heard('syn_i_w_m_e', 'syn_i_w_m_e', { task, file: arrivingName(path, talk.directory) }, thanks),
    syn_i_w_m_r: ({ task, error }) =>
      heard('syn_i_w_m_r', 'syn_i_w_m_r', { task, error: wireOf(error) }, thanks),
    syn_a_w_m_p: () => heard('syn_a_w_m_p', 'syn_a_w_m_p', NOTHING, ({ granted }) => ({ granted })),
    syn_a_w_m: ({ id }) => {
      talk.arrivingStrings.delete(id);
      return heard('syn_a_w_m', 'syn_a_w_m', { handle: id }, () => ({ id }));
    },
    syn_w_g_c: () => heard('syn_w_g_c', 'syn_w_g_c', NOTHING, thanks),
    syn_w_g_e: (report) =>
      heard(
        'syn_w_g_e',
        'syn_w_g_e',
        { ...brief(report), task: talk.groupsTasks.difference, matches: null },
        thanks,
      ),
    syn_wgc_e: (report) =>
      heard(
        'syn_wgc_e',
        'syn_wgc_e',
        { ...brief(report), task: talk.groupsTasks.full, matches: null, differing: null },
        thanks,
      ),
    syn_w_g_err: ({ text }) =>
      heard(
        'syn_w_g_err',
        'syn_w_g_err',
        { task: talk.groupsTasks.difference, error: wireOfText(text) },
        thanks,
      ),
    syn_wgc_err: ({ text }) =>
      heard('syn_wgc_err', 'syn_wgc_err', { task: talk.groupsTasks.full, error: wireOfText(text) }, thanks),
    sendsync: ({ id, request: { daemon_name: daemon, message } }) =>
      heard('sendsync', 'sendsync', { id, daemon, message, timeoutMs: MAX_DEADLINE_MS }, thanks),
    get_nodes: (query) =>
      heard('get_nodes', 'get_nodes', queryOf(query), (reply) => nodes4(reply, compatibleVersion)),
    get_health: (query) =>
      heard('get_health', 'get_health', healthQueryOf(query), (reply) =>
        health4(reply, query, compatibleVersion),
      ),
  };
}

/** What a worker hears. */
function mastersWords(talk: Conversation): Meanings {
  return {
    cancel_task: (args) =>
      isOfList(talk, args.task)
        ? heard(
            'cancel_task',
            'syn_m_c_e',
            { task: args.task, file: null, error: wireOf(args.error) },
            thanks,
          )
        : cancelled(args),
    'echo-m': ({ data }) => heard('echo-m', 'echo-m', echoed(data), answered),
    syn_m_c_ok: () => heard('syn_m_c_ok', 'syn_m_c_ok', { task: talk.integrityTask ?? '' }, thanks),
    syn_m_c: () => {
      const counts = { missing: 0, shared: 0, extra: 0, files: 0, bytes: 0 };
      return heard('syn_m_c', 'syn_m_c', { task: talk.integrityTask ?? '', ...counts }, ({ task }) => {
        talk.applyTask = task;
        return { task };
      });
    },
    syn_m_c_e: ({ task, path }) =>
      heard(
        'syn_m_c_e',
        'syn_m_c_e',
        { task, file: arrivingName(path, talk.directory), error: null },
        thanks,
      ),
    syn_m_c_r: ({ task, error }) =>
      heard('syn_m_c_r', 'syn_m_c_e', { task, file: null, error: wireOf(error) }, thanks),
    syn_m_a_e: (report) => heard('syn_m_a_e', 'syn_m_a_e', brief(report), thanks),
    syn_m_a_err: ({ text }) => heard('syn_m_a_err', 'syn_m_a_err', { error: wireOfText(text) }, thanks),
    syn_g_m_w: ({ id }) => {
      talk.arrivingStrings.delete(id);
      return heard('syn_g_m_w', 'syn_g_m_w', { handles: [id] }, () => ({ id }));
    },
    syn_g_m_w_c: ({ id }) => {
      talk.arrivingStrings.delete(id);
      return heard('syn_g_m_w_c', 'syn_g_m_w_c', { handles: [id] }, () => ({ id }));
    },
    sendsyn_res: ({ id, string }) => {
      if (typeof string !== 'number')
        return heard('sendsyn_res', 'sendsyn_err', { id, error: wireOfText(string.failure) }, thanks);
      talk.arrivingStrings.delete(string);
      return heard('sendsyn_res', 'sendsyn_res', { id, handle: string, text: null }, thanks);
    },
    sendsyn_err: ({ id, text }) =>
      heard('sendsyn_err', 'sendsyn_err', { id, error: wireOfText(text) }, thanks),
  };
}

/** Puts what a peer says into our terms. Throws what the peer is to be told; 3109 for what is not served. */
export function listener(talk: Conversation) {
  const all = hearing(talk);
  return (request: Wazuh4Request<typeof wazuh4ClusterCommands>): Heard => {
    const { command, args } = request;
    const hear = Object.hasOwn(all, command) ? all[command] : undefined;
    if (hear === undefined) throw new MusterError(3109, command);
    return (hear as (args: unknown) => Heard)(args);
  };
}
