import type { Failure } from '../../../machines/failure.ts';
import type { FilePool } from '../../files/pool.ts';
import type { RoundSummary } from '../../files/round.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { logNames } from './log-names.ts';
import type { PackedSet } from './pack-wazuh4-set.ts';

/** What one integrity process of the master holds, beside its machine. */
export interface Workspace {
  readonly plan: RoundSummary;
  readonly limitBytes: number;
  /** Contents that were planned and not sent. */
  without: readonly string[];
  /** Whether the worker has the set when this round is over. */
  isWhole: boolean;
  /** All that the worker gets, where that is one file; its owner removes it. */
  package: PackedSet | null;
  /** What was sent, by its digest: a worker knows no more of what arrives until it has the manifest. */
  readonly parts: Map<string, string>;
  /** Files that were left out, or whose transfer ended the round. */
  readonly late: string[];
}

/** Says which file a worker's failure is about, if it is about one. */
export function naming(failure: Failure, workspace: Workspace | undefined): Failure {
  const part = [...(workspace?.parts ?? [])].find(([digest]) => failure.message.includes(digest));
  return part === undefined ? failure : { ...failure, message: `${failure.message} (${part[1]})` };
}

/** Names the files of a round. The lists stay in their thread unless somebody wants to read them. */
export async function logPaths(pool: FilePool, log: TaggedLog, { plan, without }: Workspace): Promise<void> {
  try {
    const paths = await pool.runSticky('listManifest', { round: plan.round, without });
    logNames(log, { created: paths.missing, updated: paths.shared, deleted: paths.extra });
  } catch (error) {
    log.debug('The files of this sync can no longer be named', { error });
  }
}
