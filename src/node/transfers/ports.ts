import type { Failure } from '../../../machines/failure.ts';
import type { MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import type { Clock } from '../clock.ts';
import type { TransferLimits } from './limits.ts';

/** What transfers need of a channel. */
export type TransferChannel = Pick<Channel, 'request' | 'sendBulk' | 'reply' | 'fail' | 'openBulk'>;

export interface TransferChannels {
  /** Throws 3103 if the connection is gone. */
  get(connectionId: number): TransferChannel;
  find(connectionId: number): TransferChannel | undefined;
}

/** How a transfer ended. */
export interface TransferRecord {
  connectionId: number;
  kind: 'file-send' | 'file-receive' | 'string-send' | 'string-receive';
  /** Name of the file, or handle of the string. */
  subject: string;
  outcome: 'done' | 'failed' | 'cancelled';
  sizeBytes: number;
  /** Bytes that travelled; null where only the size is known. */
  movedBytes: number | null;
  durationMs: number;
  failure: Failure | null;
}

export interface TransferLog {
  /** Once for every transfer. */
  ended(record: TransferRecord): void;
  /** Something beside the outcome went wrong: the peer could not be told, a file could not be removed. */
  trouble(connectionId: number, what: string, error: MusterError): void;
}

/** What one node hands to its transfers. */
export interface TransferDeps {
  channels: TransferChannels;
  clock: Clock;
  /** BLAKE2b-512 of a file, hex; for large files in another thread. */
  digestFile(path: string): Promise<{ digest: string }>;
  /** BLAKE2b-512 of bytes, hex. */
  digestBytes(bytes: Uint8Array): Promise<string>;
  /** Where the files of this connection's peer arrive. The same peer gets the same directory again: parts wait there. */
  spoolDirectory(connectionId: number): string;
  /** All directories of peers that there are, those of peers that are gone among them; none known if absent. */
  spoolDirectories?(): Promise<readonly string[]>;
  log: TransferLog;
  limits?: Partial<TransferLimits>;
}
