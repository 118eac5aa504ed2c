import { assign, type DoneActorEvent, type ErrorActorEvent, enqueueActions, setup, stopChild } from 'xstate';
import { type Failure, failureOf, UNKNOWN } from '../failure.ts';
import { failWith, keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { type StringSendOutput, stringSendMachine } from '../transfer/string-send.ts';
import {
  type DapiPartOutput,
  type DapiWorkEvent,
  type DapiWorkInput,
  dapiPartMachine,
  WORK_TOO_LONG,
} from './part.ts';
import { HERE } from './queue.ts';

export interface DapiRequestInput {
  /** The number of the request at this node. */
  requestId: number;
  /** Where it came from, and its answer goes to. */
  connectionId: number;
  /** The client or node behind that connection, for the queue. */
  source: string;
  /** The only place where it is worked on, where that was clear at once; null: it has to be decided. */
  place: string | null;
  /** What is left of its deadline. */
  timeoutMs: number;
  /** How long it may be worked on here, once it is its turn; null: as long as there is time. */
  workTimeoutMs: number | null;
  /** How long any step of a long answer may take. */
  progressTimeoutMs: number;
}

/** A long answer that waits until the connection to its origin has room for it. */
export interface DapiLineInput {
  requestId: number;
  connectionId: number;
  source: string;
  outboxId: number;
  sizeBytes: number;
}

/** Where a request is worked on. */
export interface DecidedPlaces {
  places: readonly string[];
  /** How long each may take, where there are several. */
  partTimeoutMs: number;
}

/** An answer that is made: it has to be sent as a long string, or was short and is sent (null). */
export interface ReadyAnswer {
  string: { outboxId: number; sizeBytes: number; digest: string } | null;
}

interface DapiRequestContext extends DapiRequestInput {
  /** Where its parts are worked on. */
  places: readonly string[];
  partTimeoutMs: number;
  /** Parts that have not ended. */
  open: number;
  string: ReadyAnswer['string'];
  /** What the origin calls the string that it has; null until it has one, and is told. */
  handle: number | null;
  failure: Failure | null;
}

export type DapiOutcome = 'answered' | 'failed' | 'dropped';

export interface DapiRequestOutput {
  outcome: DapiOutcome;
  failure: Failure | null;
}

export type DapiRequestEvent =
  /** Whoever asked does not wait any more. */
  | { type: 'cancel' }
  /** The client is gone, or the node. */
  | { type: 'origin.lost' }
  | DapiWorkEvent
  | { type: 'line.granted' }
  | { type: 'line.refused'; failure: Failure }
  | DoneActorEvent<unknown, string>
  | ErrorActorEvent<unknown, string>
  | { type: 'shutdown' };

const partId = (index: number) => `part-${index}`;
const indexOf = (id: string) => Number(id.slice('part-'.length));

const finish = (outcome: DapiOutcome) => ({
  type: 'finish' as const,
  params: ({ context: { requestId, failure } }: { context: DapiRequestContext }) => ({
    requestId,
    outcome,
    failure,
  }),
});
const dropPart = {
  type: 'dropPart' as const,
  params: ({ event }: { event: { actorId: string } }) => event.actorId,
};
const named = ({ context: { requestId } }: { context: DapiRequestContext }) => ({ requestId });

const workDone = [
  {
    guard: {
      type: 'isAnswered' as const,
      params: ({ event }: { event: { isAnswered: boolean } }) => event,
    },
    target: '#dapiRequest.answered',
  },
  { target: '#dapiRequest.answering' },
];

function present(string: ReadyAnswer['string']) {
  if (string === null) throw new Error('there is no string to send');
  return string;
}

/**
 * One request of the distributed API at one node: it is decided where it is worked on, its parts are collected, and the
 * answer goes back the way it came. It has exactly one outcome. Specification: Distributed API thread; Distributed API
 * requests.
 *
 * Provided by src/node:
 * - `decide` checks the request and says at which places it is worked on: none, if its outcome is clear already; and how long
 *   parts may take, of several.
 * - `workAlone` works on the only place, as a part does, and sends what it brought by `dapi_res` if nothing has to be made of it.
 * - `answer` makes one answer of what the parts brought, item by item, and sends it by `dapi_res` if it is short.
 * - `line` asks the queue for room on the connection; a string that nobody sends is taken out of the outbox with it.
 * - `notify` sends `dapi_res` for a long one, and waits until the origin has taken it.
 * - `refuse` sends `dapi_err`.
 * - `finish` logs the outcome, and forgets the request.
 */
export const dapiRequestMachine = setup({
  types: {
    context: {} as DapiRequestContext,
    input: {} as DapiRequestInput,
    events: {} as DapiRequestEvent,
    output: {} as DapiRequestOutput,
    children: {} as Record<string, 'part'>,
  },
  actors: {
    decide: promiseNotProvided<DecidedPlaces, { requestId: number }>('decide'),
    part: dapiPartMachine,
    workAlone: callbackNotProvided<{ type: 'none' }, DapiWorkInput>('workAlone'),
    answer: promiseNotProvided<ReadyAnswer, { requestId: number }>('answer'),
    line: callbackNotProvided<{ type: 'none' }, DapiLineInput>('line'),
    stringSend: stringSendMachine,
    notify: promiseNotProvided<void, { requestId: number; handle: number }>('notify'),
  },
  actions: {
    keepPlaces: assign((_, { places, partTimeoutMs }: DecidedPlaces) => ({
      places,
      partTimeoutMs,
      open: places.length,
    })),
    startParts: enqueueActions(({ context, enqueue }) => {
      const { requestId, source, places, partTimeoutMs: timeoutMs, workTimeoutMs } = context;
      for (const [index, place] of places.entries()) {
        const input = { requestId, index, place, source, timeoutMs, workTimeoutMs };
        enqueue.spawnChild('part', { id: partId(index), input });
      }
    }),
    /** It has ended: it need not be kept. */
    dropPart: stopChild((_, id: string) => id),
    countPart: assign({ open: ({ context }) => context.open - 1 }),
    keepString: assign({ string: (_, string: ReadyAnswer['string']) => string }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    /** Keeps why a part failed, where its answer would be; null if it did not. */
    notePart: (_, _params: { requestId: number; index: number; failure: Failure | null }) =>
      actionNotProvided('notePart')(),
    keepHandle: assign({ handle: (_, handle: number) => handle }),
    refuse: (_, _params: { requestId: number; failure: Failure }) => actionNotProvided('refuse')(),
    finish: (_, _params: { requestId: number; outcome: DapiOutcome; failure: Failure | null }) =>
      actionNotProvided('finish')(),
  },
  guards: {
    /** There is an answer on its way: no failure follows it. */
    isTold: ({ context }) => context.handle !== null,
    /** What is worked on elsewhere has its turn there. */
    isWorkLimited: ({ context: { places, workTimeoutMs } }) => places[0] === HERE && workTimeoutMs !== null,
    isDecided: ({ context }) => context.place !== null,
    hasOnePlace: (_, { places }: { places: readonly string[] }) => places.length === 1,
    hasPlaces: (_, { places }: { places: readonly string[] }) => places.length > 0,
    /** The answer was sent as it came. */
    isAnswered: (_, { isAnswered }: { isAnswered: boolean }) => isAnswered,
    isLastPart: ({ context }) => context.open === 1,
    isLong: (_, { string }: ReadyAnswer) => string !== null,
    wasSent: (_, { outcome }: StringSendOutput) => outcome === 'done',
  },
  delays: {
    deadline: ({ context }) => context.timeoutMs,
    workLimit: ({ context }) => context.workTimeoutMs ?? context.timeoutMs,
  },
}).createMachine({
  id: 'dapiRequest',
  context: ({ input }) => ({
    ...input,
    places: input.place === null ? [] : [input.place],
    partTimeoutMs: input.timeoutMs,
    open: 0,
    string: null,
    handle: null,
    failure: null,
  }),
  output: ({ context: { failure }, event }) => ({
    outcome: (event as unknown as { output: { outcome: DapiOutcome } }).output.outcome,
    failure,
  }),
  initial: 'beginning',
  on: {
    cancel: { target: '.dropped', actions: failWith(3120, 'whoever asked does not wait any more') },
    'origin.lost': { target: '.dropped', actions: failWith(3103, 'whoever asked is gone') },
    shutdown: [
      { guard: 'isTold', target: '.answered' },
      { target: '.failed', actions: failWith(3125, 'the node is stopping') },
    ],
  },
  after: {
    deadline: [
      { guard: 'isTold', target: '.answered' },
      { target: '.failed', actions: failWith(3021, 'its deadline has passed') },
    ],
  },
  states: {
    beginning: { always: [{ guard: 'isDecided', target: 'undivided' }, { target: 'deciding' }] },
    deciding: {
      invoke: {
        id: 'decide',
        src: 'decide',
        input: named,
        onDone: [
          {
            guard: { type: 'hasOnePlace', params: ({ event }) => event.output },
            target: 'undivided',
            actions: { type: 'keepPlaces', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'hasPlaces', params: ({ event }) => event.output },
            target: 'collecting',
            actions: { type: 'keepPlaces', params: ({ event }) => event.output },
          },
          { target: 'answering' },
        ],
        onError: { target: 'failed', actions: keepError },
      },
    },
    // Most have one place: that is worked on without an actor for each part.
    undivided: {
      invoke: {
        id: 'workAlone',
        src: 'workAlone',
        input: ({ context: { requestId, places, source } }) => ({
          requestId,
          index: 0,
          place: places[0] ?? '',
          source,
        }),
      },
      on: {
        'work.failed': {
          target: 'answering',
          actions: {
            type: 'notePart',
            params: ({ context: { requestId }, event: { failure } }) => ({ requestId, index: 0, failure }),
          },
        },
      },
      initial: 'waiting',
      states: {
        waiting: {
          on: { 'turn.granted': [{ guard: 'isWorkLimited', target: 'limited' }, { target: 'busy' }] },
        },
        busy: { on: { 'work.done': workDone } },
        limited: {
          on: { 'work.done': workDone },
          after: {
            workLimit: {
              target: '#dapiRequest.answering',
              actions: {
                type: 'notePart',
                params: ({ context: { requestId } }) => ({
                  requestId,
                  index: 0,
                  failure: { code: 3021, message: WORK_TOO_LONG },
                }),
              },
            },
          },
        },
      },
    },
    collecting: {
      entry: 'startParts',
      on: {
        'xstate.done.actor.*': [
          {
            guard: 'isLastPart',
            target: 'answering',
            actions: ['countPart', notePartEnded(), dropPart],
          },
          { actions: ['countPart', notePartEnded(), dropPart] },
        ],
        'xstate.error.actor.*': [
          {
            guard: 'isLastPart',
            target: 'answering',
            actions: ['countPart', notePartCrashed(), dropPart],
          },
          { actions: ['countPart', notePartCrashed(), dropPart] },
        ],
      },
    },
    answering: {
      invoke: {
        id: 'answer',
        src: 'answer',
        input: named,
        onDone: [
          {
            guard: { type: 'isLong', params: ({ event }) => event.output },
            target: 'sending',
            actions: { type: 'keepString', params: ({ event }) => event.output.string },
          },
          { target: 'answered' },
        ],
        onError: { target: 'failed', actions: keepError },
      },
    },
    sending: {
      invoke: {
        id: 'line',
        src: 'line',
        input: ({ context: { requestId, connectionId, source, string } }) => {
          const { outboxId, sizeBytes } = present(string);
          return { requestId, connectionId, source, outboxId, sizeBytes };
        },
      },
      initial: 'waiting',
      states: {
        waiting: {
          on: {
            'line.granted': 'busy',
            'line.refused': {
              target: '#dapiRequest.failed',
              actions: { type: 'keepFailure', params: ({ event }) => event.failure },
            },
          },
        },
        busy: {
          invoke: {
            id: 'stringSend',
            src: 'stringSend',
            input: ({ context: { connectionId, string, progressTimeoutMs } }) => ({
              connectionId,
              ...present(string),
              progressTimeoutMs,
            }),
            onDone: [
              {
                guard: { type: 'wasSent', params: ({ event }) => event.output },
                target: 'telling',
                actions: { type: 'keepHandle', params: ({ event }) => event.output.handle ?? 0 },
              },
              {
                target: '#dapiRequest.failed',
                actions: {
                  type: 'keepFailure',
                  params: ({ event }) =>
                    event.output.failure ?? { code: 3016, message: 'the answer could not be sent' },
                },
              },
            ],
            onError: { target: '#dapiRequest.failed', actions: keepError },
          },
        },
        // Until it is taken it is in the way of others there.
        telling: {
          invoke: {
            id: 'notify',
            src: 'notify',
            input: ({ context: { requestId, handle } }) => ({ requestId, handle: handle ?? 0 }),
            onDone: '#dapiRequest.answered',
            onError: { target: '#dapiRequest.failed', actions: keepError },
          },
        },
      },
    },
    answered: { type: 'final', entry: finish('answered'), output: { outcome: 'answered' } },
    failed: {
      type: 'final',
      entry: [
        {
          type: 'refuse',
          params: ({ context: { requestId, failure } }) => ({
            requestId,
            failure: failure ?? UNKNOWN,
          }),
        },
        finish('failed'),
      ],
      output: { outcome: 'failed' },
    },
    dropped: { type: 'final', entry: finish('dropped'), output: { outcome: 'dropped' } },
  },
});

function notePartEnded() {
  return {
    type: 'notePart' as const,
    params: ({
      context: { requestId },
      event,
    }: {
      context: DapiRequestContext;
      event: { output: unknown };
    }) => ({
      requestId,
      ...(event.output as DapiPartOutput),
    }),
  };
}

function notePartCrashed() {
  return {
    type: 'notePart' as const,
    params: ({
      context: { requestId },
      event,
    }: {
      context: DapiRequestContext;
      event: { actorId: string; error: unknown };
    }) => ({ requestId, index: indexOf(event.actorId), failure: failureOf(event.error) }),
  };
}
