import { MAX_INCOMING_TRANSFERS } from '../../machines/transfer/limits.ts';
import { digestOf, type Saying } from './sayings/say.ts';
import { sendString } from './show.ts';
import type { Talk } from './talk.ts';

export type Deed<T extends Talk = Talk> = (talk: T) => Promise<void>;
export type Deeds<T extends Talk = Talk> = Readonly<Record<string, Deed<T>>>;

/** What either side does that is more than a request. */
export const commonDeeds: Deeds = {
  'do.cutAndReturn': async (talk) => {
    const [frame] = talk.peer.expect('echo', { data: 'cut off in the middle' });
    if (frame !== undefined) talk.peer.write([frame.subarray(0, frame.length >> 1)]);
    talk.peer.drop();
    await talk.begin();
  },
  'do.outlast': (talk) => talk.outlast(),
  'do.fallSilent': async (talk) => talk.fallSilent(),
  'do.fillTransfers': async (talk) => {
    for (let i = 0; i < MAX_INCOMING_TRANSFERS; i += 1) {
      const size = talk.content.length;
      await talk.answerTo(talk.peer, talk.peer.ask('new_str', { size, digest: digestOf(talk.content) }));
    }
  },
  'do.sendString.noJson': (talk) => sendString(talk, 'no JSON'),
};

/** Does one step of a path. */
export async function doStep<T extends Talk>(
  step: string,
  talk: T,
  deeds: Deeds<T>,
  sayings: Readonly<Record<string, Saying<T>>>,
): Promise<void> {
  const deed = deeds[step] ?? sayings[step];
  if (deed === undefined) throw new Error(`nobody knows how ${step} is done`);
  await deed(talk);
}
