import type { ErrorActorEvent } from 'xstate';
import type { Failure } from '../failure.ts';
import type { FileSendInput } from '../transfer/file-send.ts';
import type { ApplyReport } from './apply.ts';
import type { EndOfSetEvent } from './end-of-set.ts';

export interface CheckInput {
  connectionId: number;
  /** How long to wait for the master's verdict, and for progress of its files. */
  receiveTimeoutMs: number;
  /** The same for the verdict of a master that packs what it sends before it announces that. */
  packTimeoutMs: number;
}

export interface CheckContext extends CheckInput {
  digest: string | null;
  fileCount: number;
  /** The master's name of the process. */
  task: string | null;
  /** The master says nothing of what it sends until that is packed. */
  packsFirst: boolean;
  metadata: Omit<FileSendInput, 'connectionId'> | null;
  /** Counter of the `syn_m_c` that announced files. */
  counter: number;
  report: ApplyReport | null;
  failure: Failure | null;
}

export interface CheckOutput {
  outcome: 'in-step' | 'refused' | 'synced' | 'failed';
  succeeded: boolean;
  /** The set has become more like the master's. */
  gotOn: boolean;
  digest: string | null;
  fileCount: number;
  report: ApplyReport | null;
  failure: Failure | null;
}

export type CheckEvent =
  | { type: 'rx.syn_m_c_ok'; counter: number; task: string }
  | { type: 'rx.syn_m_c'; counter: number; task: string }
  | EndOfSetEvent
  | { type: 'transfer.received'; name: string; file: string; sizeBytes: number }
  | { type: 'transfer.progress' }
  | { type: 'transfer.failed'; name: string; failure: Failure }
  | ErrorActorEvent<unknown, 'scan' | 'askPermission'>
  | ErrorActorEvent<unknown, 'begin' | 'writeMetadata' | 'fileSend' | 'endMetadata'>;

/** The process that the master has begun. */
export interface BegunCheck {
  task: string;
  packsFirst: boolean;
}

export interface PermissionReply {
  granted: boolean;
  inStep: boolean;
}
