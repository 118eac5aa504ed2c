import {
  answer,
  ask,
  EMPTY_MAP,
  FAILURE,
  isMuster,
  NO_TASK,
  NOTHING,
  raw,
  refuse,
  type Sayings,
} from '../../sayings/say.ts';
import type { TalkWithWorker } from '../talk-with-worker.ts';

const KEEPALIVE = { data: 'keepalive' };

export const sessionSayings: Sayings<TalkWithWorker> = {
  'say.echo-m': ask('echo-m', () => KEEPALIVE),
  'say.ok.echo-c': answer(({ peer }, counter) => peer.reply(counter, 'echo-c', KEEPALIVE)),
  'say.err.echo-c': refuse,
  // Only masters take it.
  'say.syn_i_w_m': raw('syn_i_w_m', (talk) => (isMuster(talk) ? EMPTY_MAP : NOTHING)),
  'say.cancel_task.unknown': ask('cancel_task', () => ({ task: NO_TASK, error: FAILURE })),
  'say.get_files': ask('get_files', () => ({})),
};
