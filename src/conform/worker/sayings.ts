import type { Sayings } from '../sayings/say.ts';
import { commonSayings } from '../sayings.ts';
import { agentSayings } from './sayings/agents.ts';
import { helloSayings } from './sayings/hello.ts';
import { integritySayings } from './sayings/integrity.ts';
import { requestSayings } from './sayings/requests.ts';
import { sessionSayings } from './sayings/session.ts';
import type { TalkWithWorker } from './talk-with-worker.ts';

/** How each `say.*` is said by who plays a master. */
export const sayings: Sayings<TalkWithWorker> = {
  ...commonSayings,
  ...helloSayings,
  ...sessionSayings,
  ...integritySayings,
  ...agentSayings,
  ...requestSayings,
};
