import type { Failure } from '../failure.ts';

/** What the effect that receives a file or a string reports. */
export type SinkEvent =
  /** There is room, and pieces from `offset` on are taken from now on. */
  | { type: 'sink.opened'; offset: number }
  /** At a bounded rate, while pieces arrive; the first one always. */
  | { type: 'sink.progress'; receivedBytes: number }
  | { type: 'sink.broken'; failure: Failure };

/** The file is whole, has its digest, and lies at `file`. */
export interface FileVerified {
  type: 'sink.verified';
  file: string;
  sizeBytes: number;
}

/** The string is whole, has its digest, and is in the store under its handle. */
export interface StringCollected {
  type: 'sink.collected';
}

/** What a receiving machine tells its effect: the sender says that it has sent all, and with which digest. */
export interface VerifyCommand {
  type: 'sink.verify';
  digest: string;
}

/** Where an answer goes. */
export interface Address {
  connectionId: number;
  counter: number;
}
