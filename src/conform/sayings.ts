import { helloSayings } from './sayings/hello.ts';
import { requestSayings } from './sayings/requests.ts';
import type { Sayings } from './sayings/say.ts';
import { sessionSayings } from './sayings/session.ts';
import { syncSayings } from './sayings/sync.ts';
import { transferSayings } from './sayings/transfers.ts';
import type { TalkWithMaster } from './talk-with-master.ts';

/** What anybody says to anybody. */
export const commonSayings: Sayings = { ...sessionSayings, ...transferSayings };

/** How each `say.*` is said by who plays a worker. */
export const sayings: Sayings<TalkWithMaster> = {
  ...commonSayings,
  ...helloSayings,
  ...syncSayings,
  ...requestSayings,
};
