/** What the bench asks the probe of a node, over the IPC channel of the process. Times are milliseconds since the epoch. */
export type ProbeRequest =
  /** How late the event loop was between these two moments. */
  | { ask: 'loop'; fromMs: number; toMs: number }
  /** How often files were opened in the directory that is watched, by all threads, since the start. */
  | { ask: 'opens' }
  /** Begins and ends CPU profiles of all threads. */
  | { ask: 'profile-start' }
  | { ask: 'profile-stop' };

export interface ProbeReply {
  readonly id: number;
  /** Delays in milliseconds, one a tick; for `loop`. */
  readonly delaysMs?: number[];
  /** Of each of these, what the thread waited for a processor. */
  readonly queuedMs?: number[];
  /** For `opens`, if the node counts them. */
  readonly opens?: number;
  /** Why there is no answer. */
  readonly failure?: string;
}

/** Variables of the environment that switch on what costs something: a directory, and the beginning of a path. */
export const COUNT_OPENS = 'MUSTER_BENCH_COUNT_OPENS';
export const PROFILE_PREFIX = 'MUSTER_BENCH_PROFILE';
