import { fromPromise } from 'xstate';
import { type Failure, UNKNOWN } from '../../../machines/failure.ts';
import { localIntegrityMachine, type ScanSummary } from '../../../machines/integrity/local-integrity.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import { told } from './failures.ts';
import { logNames } from './log-names.ts';
import { notedScan, summarise } from './scan.ts';

/** The master's scan of its own files. Specification: Local integrity thread. */
export function localIntegrity(services: NodeServices, publish: (digest: string) => void) {
  const log = services.log.tagged('Master', 'Local integrity');
  const watch = new Stopwatch(services.clock);
  const note = (process: object, failure: Failure | null) => {
    services.status.lastLocalIntegrity = {
      ...watch.lap(process),
      files: services.index.fileCount,
      failure,
    };
  };
  return localIntegrityMachine.provide({
    actors: {
      scan: fromPromise<ScanSummary, undefined>(async () => {
        const report = await notedScan(services, () => services.index.scan());
        if (log.isDebug) logNames(log, report);
        return summarise(report, log, true);
      }),
    },
    actions: {
      publish: (_, { digest }) => publish(digest),
      logStarting: ({ self }) => {
        watch.start(self);
        log.debug('Starting.');
      },
      logFinished: ({ self, context: { summary } }) => {
        const changed = summary !== null && summary.created + summary.updated + summary.deleted > 0;
        note(self, null);
        const write = changed ? log.info : log.debug;
        write(`Finished in ${watch.told(self)}. Calculated metadata of ${summary?.fileCount ?? 0} files.`);
      },
      logFailed: ({ self, context: { failure } }) => {
        note(self, failure ?? UNKNOWN);
        log.error(`Error calculating local file integrity: ${told(failure ?? UNKNOWN)}`);
      },
    },
  });
}
