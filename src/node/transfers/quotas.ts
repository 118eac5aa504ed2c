import { basename } from 'node:path';
import { isSentFile } from '../../../machines/transfer/sent-file.ts';
import { type Amount, amountOf, NOTHING } from './amount.ts';
import type { TransferLimits } from './limits.ts';

/**
 * What a file in the spool of a peer counts as. Files that somebody sends stay for a person, and nothing takes them away
 * before they are too old: they have a room of their own, so that no process is refused a file for their sake.
 */
export type Quota = 'process' | 'sent';

export const QUOTAS: readonly Quota[] = ['process', 'sent'];

/** An amount for each: what is held, or what is allowed. */
export type ByQuota = Readonly<Record<Quota, Amount>>;

export const NOTHING_AT_ALL: ByQuota = { process: NOTHING, sent: NOTHING };

/** The quota of a file, or of its part, by its name. */
export const quotaOf = (path: string): Quota => (isSentFile(basename(path)) ? 'sent' : 'process');

/** What the files of one peer may take. */
export const allowedBy = (
  limits: Pick<TransferLimits, 'spoolPeerBytes' | 'spoolPeerFiles' | 'spoolSentBytes' | 'spoolSentFiles'>,
): ByQuota => ({
  process: { files: limits.spoolPeerFiles, bytes: limits.spoolPeerBytes },
  sent: { files: limits.spoolSentFiles, bytes: limits.spoolSentBytes },
});

export function amountsOf(files: readonly { readonly path: string; readonly sizeBytes: number }[]): ByQuota {
  const of = (quota: Quota) => amountOf(files.filter(({ path }) => quotaOf(path) === quota));
  return { process: of('process'), sent: of('sent') };
}
