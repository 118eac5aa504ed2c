import type { ArgsOf } from '../../protocol/commands.ts';
import { stringName } from '../arrivals.ts';
import type { Checks, RequestCheck } from '../hearing.ts';
import { isMuster } from '../sayings/say.ts';
import type { Talk } from '../talk.ts';
import { probeIn, readList } from './sets.ts';
import type { TalkWithWorker } from './talk-with-worker.ts';

/** What the worker that says it has to have said before is known by the talk. */
const check =
  <Args>(test: (args: Args, talk: TalkWithWorker) => boolean): RequestCheck =>
  (args, talk: Talk) =>
    test(args as Args, talk as TalkWithWorker);

const hello = check<ArgsOf<'hello'>>(({ name, type, cluster, node, session }, talk) => {
  const { worker, target } = talk.host;
  if (cluster !== target.cluster || type !== 'worker') return false;
  if (worker === null) return true;
  if (name !== worker.name) return false;
  return !isMuster(talk) || (node === worker.node && session > worker.session);
});

/** Its list is one, and names the file that came with this test only where that has come. */
const list = (hasProbe: boolean) =>
  check<ArgsOf<'syn_i_w_m_e'>>(({ task, file }, talk) => {
    if (task !== talk.masterTask) return false;
    const files = readList(talk.peer, file);
    return files !== null && probeIn(files) === hasProbe;
  });

/** Before it knew the task of the master it names none; in `wazuh4` it may do without at any time. */
const givenUp = check<ArgsOf<'syn_i_w_m_r'>>(({ task }, talk) => task === null || task === talk.masterTask);

/** A worker of `wazuh4` does not say what its comparison came to. */
const differs = check<ArgsOf<'syn_w_g_e'>>(({ matches }, talk) => !isMuster(talk) || matches === false);

/** Agent-info is JSON, in chunks that are text. */
const agentInfo = check<ArgsOf<'syn_a_w_m'>>(({ handle }, talk) => {
  const content = talk.peer.arrivals.end(stringName(handle));
  try {
    const { chunks } = JSON.parse(content?.toString() ?? '');
    return Array.isArray(chunks) && chunks.every((chunk) => Array.isArray(JSON.parse(chunk)));
  } catch {
    return false;
  }
});

/** In `wazuh4` whoever waits for a file cancels it by its own name of the process. */
const cancelled = check<ArgsOf<'cancel_task'>>(
  ({ task }, talk) => task === (isMuster(talk) ? talk.masterTask : talk.facts.task),
);

/** What a worker has to have said where a step names it. */
export const workersChecks: Checks = {
  answers: {},
  requests: {
    'hear.hello': hello,
    'hear.syn_i_w_m_e': list(false),
    'hear.syn_i_w_m_e.withFile': list(true),
    'hear.syn_i_w_m_r': givenUp,
    'hear.syn_w_g_e.differs': differs,
    'hear.syn_a_w_m': agentInfo,
    'hear.cancel_task': cancelled,
  },
};
