import type { Steps } from './terms.ts';

/** A request of the distributed API to a node of either kind, and what becomes of it. What is asked changes nothing. */
export type DapiEvent = Steps<
  | 'say.dapi'
  | 'say.dapi.unknownMethod'
  | 'say.dapi.otherSender'
  | 'hear.ok'
  | 'hear.err.3108'
  | 'hear.dapi_res'
  | 'hear.dapi_err'
>;

/** Transitions of the state in which nothing is asked. */
export const saidOfDapi = {
  'say.dapi': 'asked',
  'say.dapi.unknownMethod': { guard: 'inMuster', target: 'askedInVain' },
  'say.dapi.otherSender': { guard: 'inMuster', target: 'pretended' },
} as const;

/** The states that these lead to; who has been answered may ask again, and who was refused is `idle`. */
export const statesOfDapi = {
  asked: { on: { 'hear.ok': 'queued' } },
  queued: { on: { 'hear.dapi_res': 'answered' } },
  askedInVain: { on: { 'hear.ok': 'queuedInVain' } },
  queuedInVain: { on: { 'hear.dapi_err': 'answered' } },
  answered: { on: { 'say.dapi': 'asked' } },
  pretended: { on: { 'hear.err.3108': 'idle' } },
} as const;
