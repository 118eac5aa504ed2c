import { assign, sendParent, setup } from 'xstate';
import { actionNotProvided } from '../not-provided.ts';

export interface PackageLimitInput {
  connectionId: number;
  /** `max_zip_size`: where the limit begins, and what it never exceeds. */
  maxBytes: number;
  /** `min_zip_size`: what it never goes below. */
  minBytes: number;
  /** `zip_limit_tolerance`: share by which it falls, and by which a transfer must be faster than its deadline to let it rise. */
  tolerance: number;
  /** `timeout_receiving_file`: how long a worker waits for its package. */
  receiveTimeoutMs: number;
}

interface PackageLimitContext extends PackageLimitInput {
  limitBytes: number;
}

export type PackageLimitEvent =
  /** The worker could not take that much: it timed out, or its disk is full. */
  { type: 'limit.exceeded'; sentBytes: number } | { type: 'limit.sent'; durationMs: number };

const raised = ({ limitBytes, maxBytes, tolerance }: PackageLimitContext) =>
  Math.min(maxBytes, limitBytes / (1 - tolerance));

/**
 * How much one integrity round may carry to this worker: less after a time-out, or where its disk is full; gradually more
 * while transfers are fast. Specification: Integrity thread, last paragraph.
 */
export const packageLimitMachine = setup({
  types: {
    context: {} as PackageLimitContext,
    input: {} as PackageLimitInput,
    events: {} as PackageLimitEvent,
  },
  actions: {
    lower: assign({
      limitBytes: ({ context, event }) =>
        event.type === 'limit.exceeded'
          ? Math.max(context.minBytes, event.sentBytes * (1 - context.tolerance))
          : context.limitBytes,
    }),
    raise: assign({ limitBytes: ({ context }) => raised(context) }),
    tellChanged: sendParent(({ context }) => ({ type: 'limit.changed', limitBytes: context.limitBytes })),
    logLowered: actionNotProvided('logLowered'),
    logRaised: actionNotProvided('logRaised'),
  },
  guards: {
    isFast: ({ context, event }) =>
      event.type === 'limit.sent' && event.durationMs < context.receiveTimeoutMs * (1 - context.tolerance),
    isFastAndReachesMaximum: ({ context, event }) =>
      event.type === 'limit.sent' &&
      event.durationMs < context.receiveTimeoutMs * (1 - context.tolerance) &&
      raised(context) >= context.maxBytes,
  },
}).createMachine({
  id: 'packageLimit',
  context: ({ input }) => ({ ...input, limitBytes: input.maxBytes }),
  initial: 'full',
  states: {
    full: {
      on: { 'limit.exceeded': { target: 'reduced', actions: ['lower', 'tellChanged', 'logLowered'] } },
    },
    reduced: {
      on: {
        'limit.exceeded': { actions: ['lower', 'tellChanged', 'logLowered'] },
        'limit.sent': [
          {
            guard: 'isFastAndReachesMaximum',
            target: 'full',
            actions: ['raise', 'tellChanged', 'logRaised'],
          },
          { guard: 'isFast', actions: ['raise', 'tellChanged', 'logRaised'] },
        ],
      },
    },
  },
});
