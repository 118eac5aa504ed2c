import type { Failure } from '../failure.ts';
import type { GroupsReport } from './report.ts';

/** Longest pause before a worker that differs after a full copy, or could not be sent one, is tried again. */
export const MAX_GROUPS_PAUSE_MS = 300_000;

export interface GroupsBroadcastInput {
  connectionId: number;
  /** The last version that this worker is known to have, from earlier connections too; 0 if that is not known. */
  acknowledged: number;
  /** The version that was collected last; 0 before the first. */
  published: number;
  /** Pause before a worker that differs is tried again; the first one, where pauses grow. */
  retryMs: number;
  answerTimeoutMs: number;
}

export interface GroupsBroadcastContext extends GroupsBroadcastInput {
  /** The version that was sent last over this connection; 0 if none was. */
  attempted: number;
  /** Growing pauses that went by in a row. */
  pauses: number;
}

type Answered<Command extends string, Fields> = {
  type: `rx.${Command}`;
  counter: number;
  task: string;
} & Fields;

export type GroupsBroadcastEvent =
  /** There is something new; from `collect`. */
  | { type: 'groups.published'; version: number }
  | { type: 'rx.syn_w_g_c'; counter: number }
  | Answered<'syn_w_g_e', GroupsReport>
  | Answered<'syn_wgc_e', GroupsReport>
  | Answered<'syn_w_g_err', { error: Failure }>
  | Answered<'syn_wgc_err', { error: Failure }>;

/** What the parent hears, for `collect`: this worker was sent a version, and took it or not. */
export interface GroupsSent {
  type: 'groups.sent';
  connectionId: number;
  version: number;
  wasTaken: boolean;
}
