import type { ScanSummary } from '../../../machines/integrity/local-integrity.ts';
import type { ScanReport } from '../../files/index.ts';
import type { TaggedLog } from '../../observe/log.ts';

/** What the machines need of a scan; the names are for the log. */
export function summarise(report: ScanReport, log: TaggedLog): ScanSummary {
  for (const { path, message } of report.newProblems) log.warning(`${path} is left out: ${message}`);
  return {
    digest: report.digest,
    fileCount: report.fileCount,
    created: report.created.length,
    updated: report.updated.length,
    deleted: report.deleted.length,
    durationMs: report.durationMs,
  };
}
