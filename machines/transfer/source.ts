import type { Failure } from '../failure.ts';

/** What the effect that sends a file or a string reports. It says each of them once, except `progress`. */
export type SourceEvent =
  /** The peer gave a handle, and said how much it has already. */
  | { type: 'source.accepted'; handle: number; offset: number }
  /** While the peer confirms pieces: at a bounded rate, and of a bounded number of bytes at most. */
  | { type: 'source.progress'; bytesSent: number }
  /** The peer has confirmed every piece. */
  | { type: 'source.streamed'; bytesSent: number }
  /** The peer has confirmed the whole. */
  | { type: 'source.verified' }
  /** The peer was told, or could not be told, that no more will come. */
  | { type: 'source.withdrawn' }
  | { type: 'source.broken'; failure: Failure };

/** What a sending machine tells its effect. */
export type SourceCommand =
  | { type: 'source.stream' }
  | { type: 'source.finish' }
  | { type: 'source.withdraw'; failure: Failure };
