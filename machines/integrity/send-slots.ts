import type { Failure } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import type { FileSendOutput } from '../transfer/file-send.ts';

/** Files under way at once to one worker: while one waits for its verification the next one travels. */
export const SEND_SLOTS = ['send0', 'send1', 'send2'] as const;
export type SendSlot = (typeof SEND_SLOTS)[number];

/** What the packing effect hears. Of a part that failed it decides whether the set goes on without it. */
export type PackEvent =
  | { type: 'part.sent'; slot: SendSlot }
  | { type: 'part.failed'; slot: SendSlot; failure: Failure };

/** Ends all that is under way. */
export const stopSends = SEND_SLOTS.map((slot) => ({ type: 'dropSlot' as const, params: () => slot }));

const failureIn = ({ failure }: FileSendOutput): Failure =>
  failure ?? { code: 3120, message: 'the transfer was cancelled' };
type PartDone = { event: { output: FileSendOutput } };

/** What the end of a part means to the set. */
export const partEnded = (slot: SendSlot) => [
  {
    guard: { type: 'wasSent' as const, params: ({ event }: PartDone) => event.output },
    actions: [
      { type: 'dropSlot' as const, params: () => slot },
      { type: 'tellSent' as const, params: () => slot },
    ],
  },
  {
    guard: { type: 'hasTroubleOfAFile' as const, params: ({ event }: PartDone) => event.output },
    actions: [
      { type: 'dropSlot' as const, params: () => slot },
      {
        type: 'tellFailed' as const,
        params: ({ event }: PartDone) => ({ slot, failure: failureIn(event.output) }),
      },
    ],
  },
  {
    target: 'failing' as const,
    actions: [
      { type: 'keepFailure' as const, params: ({ event }: PartDone) => failureIn(event.output) },
      ...stopSends,
    ],
  },
];

export const partCrashed = { target: 'failing' as const, actions: [keepError, ...stopSends] };
