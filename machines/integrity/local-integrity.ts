import { assign, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';

/** What the scan of a node's own files found: counts and the root digest; the list itself stays with the index. */
export interface ScanSummary {
  digest: string;
  fileCount: number;
  created: number;
  updated: number;
  deleted: number;
  durationMs: number;
}

interface LocalIntegrityContext {
  summary: ScanSummary | null;
  failure: Failure | null;
}

/**
 * One round of the master's local integrity: scans its files, and publishes the new root digest.
 * Specification: Local integrity thread.
 */
export const localIntegrityMachine = setup({
  types: {
    context: {} as LocalIntegrityContext,
    output: {} as { succeeded: boolean; summary: ScanSummary | null; failure: Failure | null },
  },
  actors: { scan: promiseNotProvided<ScanSummary, undefined>('scan') },
  actions: {
    publish: (_, _params: { digest: string }) => actionNotProvided('publish')(),
    keepSummary: assign({ summary: (_, summary: ScanSummary) => summary }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logFinished: actionNotProvided('logFinished'),
    logFailed: actionNotProvided('logFailed'),
  },
}).createMachine({
  id: 'localIntegrity',
  context: () => ({ summary: null, failure: null }),
  output: ({ context }) => ({
    succeeded: context.failure === null,
    summary: context.summary,
    failure: context.failure,
  }),
  initial: 'scanning',
  states: {
    scanning: {
      entry: 'logStarting',
      invoke: {
        id: 'scan',
        src: 'scan',
        onDone: {
          target: 'published',
          actions: [
            { type: 'keepSummary', params: ({ event }) => event.output },
            { type: 'publish', params: ({ event }) => ({ digest: event.output.digest }) },
            'logFinished',
          ],
        },
        onError: {
          target: 'failed',
          actions: [{ type: 'keepFailure', params: ({ event }) => failureOf(event.error) }, 'logFailed'],
        },
      },
    },
    published: { type: 'final' },
    failed: { type: 'final' },
  },
});
