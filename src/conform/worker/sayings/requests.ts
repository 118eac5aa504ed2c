import type { ArgsOf, CommandName } from '../../../protocol/commands.ts';
import { ask, FAILURE, type Saying, type Sayings, UNASKED } from '../../sayings/say.ts';
import { sendString } from '../../show.ts';
import type { TalkWithWorker } from '../talk-with-worker.ts';

const ID = 'request1';
const TIMEOUT_MS = 10_000;

/** A question that any node answers, and that changes nothing. */
const question =
  (method: string, sender: (talk: TalkWithWorker) => string) =>
  (talk: TalkWithWorker): ArgsOf<'dapi'> => {
    const about = { nodes: null, user: null, permissions: {}, timeoutMs: TIMEOUT_MS };
    return { id: ID, sender: sender(talk), request: { method, args: {}, type: 'local_any', ...about } };
  };
const ownName = ({ host }: TalkWithWorker) => host.name;

/** An answer in the form of the dialect. */
const answerNobody =
  (command: Extract<CommandName, 'dapi_res' | 'sendsyn_res'>): Saying<TalkWithWorker> =>
  async (talk) => {
    const { peer, facts } = talk;
    const { takesShortAnswers } = peer.dialect.traits;
    if (!takesShortAnswers) await sendString(talk, '{}');
    const answer = takesShortAnswers ? { handle: null, text: '{}' } : { handle: facts.handle, text: null };
    peer.ask(command, { ...UNASKED, ...answer });
  };

export const requestSayings: Sayings<TalkWithWorker> = {
  'say.dapi': ask('dapi', question('cluster.status', ownName)),
  'say.dapi.toCancel': ask('dapi', question('cluster.status', ownName)),
  'say.dapi.unknownMethod': ask('dapi', question('conform.nothing_such', ownName)),
  'say.dapi.otherSender': ask(
    'dapi',
    question('cluster.status', () => 'somebody-else'),
  ),
  'say.dapi_res.unasked': answerNobody('dapi_res'),
  'say.sendsyn_res.unasked': answerNobody('sendsyn_res'),
  'say.dapi_err.unasked': ask('dapi_err', () => ({ ...UNASKED, error: FAILURE })),
  'say.sendsyn_err.unasked': ask('sendsyn_err', () => ({ ...UNASKED, error: FAILURE })),
  'say.cancel_task.request': ask('cancel_task', () => ({ task: ID, error: FAILURE })),
};
