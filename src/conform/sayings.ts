import { helloSayings } from './sayings/hello.ts';
import { requestSayings } from './sayings/requests.ts';
import type { Sayings } from './sayings/say.ts';
import { sessionSayings } from './sayings/session.ts';
import { syncSayings } from './sayings/sync.ts';
import { transferSayings } from './sayings/transfers.ts';

/** How each `say.*` is said. */
export const sayings: Sayings = {
  ...helloSayings,
  ...sessionSayings,
  ...transferSayings,
  ...syncSayings,
  ...requestSayings,
};
