import type { ErrorActorEvent } from 'xstate';
import type { Failure } from '../failure.ts';
import type { AgentInfoBatch, PostedString } from './batch.ts';
import type { AgentInfoReport } from './chunk-report.ts';

export interface AgentInfoSendInput {
  connectionId: number;
  /** Most chunks that travel together: what bounds a string, and what has to be sent again after a cut. */
  maxChunks: number;
  /** For the master's result; longer than the master gives its store. */
  resultTimeoutMs: number;
}

export interface AgentInfoSendContext extends AgentInfoSendInput {
  afterId: number;
  batch: AgentInfoBatch;
  posted: PostedString | null;
  /** How `syn_a_w_m` refers to the string. */
  handle: number;
  updatedChunks: number;
  /** Agents of the batch that the master wants as a whole; null: all of them. */
  wanted: readonly number[] | null;
  confirmedRows: number;
  failedChunks: number;
  errors: readonly string[];
  failure: Failure | null;
}

export interface AgentInfoSendOutput {
  /** `incomplete`: the master could not write some chunks, and has all others. */
  outcome: 'unchanged' | 'synced' | 'incomplete' | 'refused' | 'failed';
  succeeded: boolean;
  updatedChunks: number;
  confirmedRows: number;
  failedChunks: number;
  errors: readonly string[];
  failure: Failure | null;
}

export type AgentInfoSendEvent =
  | ({ type: 'rx.syn_m_a_e'; counter: number } & AgentInfoReport)
  | { type: 'rx.syn_m_a_err'; counter: number; error: Failure }
  | ErrorActorEvent<unknown, 'read' | 'askPermission' | 'pack' | 'stringSend' | 'begin' | 'confirm'>;
