import { type Failure, UNKNOWN } from '../failure.ts';
import { type DifferingAgents, type GroupsStored, NOTHING_STORED } from './report.ts';

/** What both processes have in common by which a worker takes agent-groups: `receive` and `overwrite`. */
export interface GroupsProcessInput {
  connectionId: number;
  /** Counter of the command that brought the groups: its reply carries `task`. */
  counter: number;
  /** How the command refers to the strings. */
  handles: readonly number[];
  task: string;
  /** `timeout_agent_groups`: how long the process may take; the store is what takes time. */
  storeTimeoutMs: number;
}

export interface GroupsProcessContext extends GroupsProcessInput {
  stored: GroupsStored;
  matches: boolean | null;
  differing: DifferingAgents | null;
  /** Why it failed, or why nothing could be compared. */
  failure: Failure | null;
}

export interface GroupsProcessOutput {
  outcome: 'stored' | 'failed';
  /** For the counter of mismatches; null if nothing was compared. */
  matches: boolean | null;
  /** The checksum that the master sent; null if it has no agent with groups, or sent none. */
  masterHash: string | null;
  failure: Failure | null;
}

/** A process as the master knows it: it names it in what it answers. */
export interface ProcessAddress {
  connectionId: number;
  task: string;
}

type Args = { context: GroupsProcessContext };

export const beginning = (input: GroupsProcessInput): GroupsProcessContext => ({
  ...input,
  stored: NOTHING_STORED,
  matches: null,
  differing: null,
  failure: null,
});
export const replyTask = {
  type: 'replyTask' as const,
  params: ({ context: { connectionId, counter, task } }: Args) => ({ connectionId, counter, task }),
};
export const answer = {
  type: 'answer' as const,
  params: ({ context: { connectionId, task, stored, matches, differing } }: Args) => ({
    connectionId,
    task,
    updatedChunks: stored.updatedChunks,
    errors: stored.errors,
    matches,
    differing,
  }),
};
export const answerFailure = {
  type: 'answerFailure' as const,
  params: ({ context: { connectionId, task, failure } }: Args) => ({
    connectionId,
    task,
    failure: failure ?? UNKNOWN,
  }),
};
export const keepMatches = (matches: boolean) => ({ type: 'keepMatches' as const, params: () => matches });
export const keepTimeout = {
  type: 'keepFailure' as const,
  params: (): Failure => ({ code: 3037, message: 'the agent store took too long' }),
};
/** Nothing was compared; if there was something to compare with, that counts as a difference. */
const keepDifference = {
  type: 'keepMatches' as const,
  params: ({ context: { stored } }: Args) => (stored.masterHash === undefined ? null : false),
};
/**
 * The end of the time for the process. What is written is written: then only the comparison is missing. The guard is of the
 * process: whether it still writes.
 */
export const deadline = {
  storeTimeout: [
    { guard: 'isWriting' as const, target: 'failed' as const, actions: keepTimeout },
    { target: 'stored' as const, actions: [keepDifference, keepTimeout, 'logUncompared' as const] },
  ],
};
