import { setup } from 'xstate';
import { actionNotProvided } from '../not-provided.ts';

export interface KeepaliveMonitorInput {
  connectionId: number;
  /** Longest time without a keepalive of the peer. */
  maxSilenceMs: number;
}

/**
 * Listens for the keepalives of the peer and ends when none came for too long. Only keepalives count: other traffic
 * says nothing about whether the peer still runs its processes. Specification: Keep alive thread.
 */
export const keepaliveMonitorMachine = setup({
  types: {
    context: {} as KeepaliveMonitorInput,
    input: {} as KeepaliveMonitorInput,
    events: {} as { type: 'keepalive.heard' },
    output: {} as { outcome: 'silent' },
  },
  actions: { logSilent: actionNotProvided('logSilent') },
  delays: { maxSilence: ({ context }) => context.maxSilenceMs },
}).createMachine({
  id: 'keepaliveMonitor',
  context: ({ input }) => ({ ...input }),
  output: { outcome: 'silent' },
  initial: 'hearing',
  states: {
    hearing: {
      on: { 'keepalive.heard': { target: 'hearing', reenter: true } },
      after: { maxSilence: { target: 'silent', actions: 'logSilent' } },
    },
    silent: { type: 'final' },
  },
});
