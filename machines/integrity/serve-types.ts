import type { Failure } from '../failure.ts';
import type { FileSendInput, OutgoingProgress } from '../transfer/file-send.ts';
import type { SendSlot } from './send-slots.ts';

export interface ServeInput {
  connectionId: number;
  /** Counter of the `syn_i_w_m` that began this process: its reply carries the task. */
  counter: number;
  /** Name of this process on the wire, unique on its connection. */
  task: string;
  /** Most bytes that this round may carry; the rest waits for the next. */
  limitBytes: number;
  /** Whether the worker is one of Wazuh 4.x, to which a set travels as one file. */
  isWazuh4: boolean;
  /** How long to wait for the worker's metadata, and for progress of a transfer. */
  receiveTimeoutMs: number;
}

/** Numbers of files by what the worker has to do with them. */
export interface Comparison {
  /** Files in the metadata that the worker sent. */
  received: number;
  /** Files that the worker lacks and that cannot be sent to it in any form: none of the others counts them. */
  withheld: number;
  missing: number;
  shared: number;
  extra: number;
  /** Files that will travel in this round. */
  files: number;
  bytes: number;
}

export const NOTHING: Comparison = {
  received: 0,
  withheld: 0,
  missing: 0,
  shared: 0,
  extra: 0,
  files: 0,
  bytes: 0,
};

/** There is nothing to do: also where a worker lacks what cannot be sent to it, as no round would bring that. */
export const isInStep = ({ missing, shared, extra }: Comparison): boolean => missing + shared + extra === 0;

export interface ServeContext extends ServeInput {
  comparison: Comparison | null;
  /** File of the worker's metadata, once it has arrived. */
  metadata: string | null;
  /** The worker's name of the process; known once it has answered `syn_m_c`. */
  workerTask: string | null;
  manifest: string | null;
  /** Bytes of files that travelled, also of those that did not arrive as a whole. */
  sentBytes: number;
  /** How long the files took, from the first announced to the last confirmed. */
  sendingMs: number;
  failure: Failure | null;
}

export interface ServeOutput {
  outcome: 'in-step' | 'sent' | 'failed' | 'timed-out';
  comparison: Comparison | null;
  sentBytes: number;
  sendingMs: number;
  failure: Failure | null;
}

export type ServeEvent =
  | { type: 'rx.syn_i_w_m_e'; counter: number; task: string; file: string }
  | { type: 'rx.syn_i_w_m_r'; counter: number; task: string | null; error: Failure }
  | { type: 'rx.cancel_task'; counter: number; task: string | null; error: Failure }
  | { type: 'permission.expired' }
  | OutgoingProgress
  | { type: 'set.part'; slot: SendSlot; file: Omit<FileSendInput, 'connectionId'> }
  | { type: 'set.sent'; manifest: string; sendingMs: number }
  | { type: 'set.failed'; failure: Failure };
