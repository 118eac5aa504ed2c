import { failureOf } from '../../../machines/failure.ts';
import type { ScanSummary } from '../../../machines/integrity/local-integrity.ts';
import type { ScanReport } from '../../files/index.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { afterFailedScan, afterScan } from '../scan-trouble.ts';
import type { NodeServices } from '../services.ts';

/** A master does not delete everywhere what it may not read for a while. */
const KEPT = 'cannot be read, and stays on the workers as it was last known';

/** A scan of a node's own files, of which its status tells what stands in the way. */
export async function notedScan(
  { status, clock }: Pick<NodeServices, 'status' | 'clock'>,
  scan: () => Promise<ScanReport>,
): Promise<ScanReport> {
  const now = () => new Date(clock.now()).toISOString();
  try {
    const report = await scan();
    status.scanTrouble = afterScan(status.scanTrouble, report.problems, now());
    return report;
  } catch (error) {
    status.scanTrouble = afterFailedScan(status.scanTrouble, failureOf(error), now());
    throw error;
  }
}

/** What the machines need of a scan; the names are for the log. */
export function summarise(report: ScanReport, log: TaggedLog, keepsUnreadable: boolean): ScanSummary {
  for (const { path, message, isUnreadable } of report.newProblems) {
    const what = isUnreadable === true && keepsUnreadable ? KEPT : 'is left out';
    log.warning(`${path} ${what}: ${message}`);
  }
  return {
    digest: report.digest,
    fileCount: report.fileCount,
    created: report.created.length,
    updated: report.updated.length,
    deleted: report.deleted.length,
    durationMs: report.durationMs,
  };
}
