import { commonDeeds, type Deeds, doStep } from '../common-deeds.ts';
import { differ, sendNoGroups, sendOtherHash } from './groups.ts';
import { sayings } from './sayings.ts';
import {
  addition,
  NO_CHANGE,
  removal,
  sendGarbage,
  sendHalfAPackage,
  sendManifest,
  sendSet,
  unsafe,
} from './sets.ts';
import type { TalkWithWorker } from './talk-with-worker.ts';

/** What a master does that is more than a request. */
const deeds: Deeds<TalkWithWorker> = {
  ...commonDeeds,
  'do.await': async (talk) => talk.use(await talk.meet()),
  'do.drop': async (talk) => {
    talk.peer.drop();
    talk.use(await talk.meet());
  },
  'do.end': async (talk) => talk.peer.end(),
  'do.sendString.noGroups': sendNoGroups,
  'do.sendString.otherHash': sendOtherHash,
  'do.differ': differ,
  'do.sendSet.ofNothing': (talk) => sendSet(talk, NO_CHANGE),
  'do.sendSet.withFile': (talk) => sendSet(talk, addition()),
  'do.sendSet.withoutFile': (talk) => sendSet(talk, removal()),
  'do.sendSet.unsafe': (talk) => sendSet(talk, unsafe()),
  'do.sendSet.incomplete': (talk) => sendManifest(talk, addition()),
  'do.sendSet.damaged': sendGarbage,
  'do.sendSet.halfway': sendHalfAPackage,
};

export const perform = (step: string, talk: TalkWithWorker): Promise<void> =>
  doStep(step, talk, deeds, sayings);

/** Whether a step can be done at all; of tests. */
export const isKnown = (step: string): boolean => Object.hasOwn(deeds, step) || Object.hasOwn(sayings, step);
