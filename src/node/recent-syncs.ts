import type { SyncRecord } from './status.ts';

/** Syncs that a node remembers with the names of their files. */
export const MAX_RECENT_SYNCS = 20;
/** Names of each kind that it remembers of one sync; the counts tell how many there were. */
export const MAX_RECENT_NAMES = 20;

/** Which files a sync created, updated and deleted. */
export interface ChangedFiles {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly deleted: readonly string[];
}

/** One sync of the past, with the first of its files. */
export interface RecentSync extends SyncRecord {
  readonly files: ChangedFiles;
}

/** Adds a sync in front of those before. */
export function remember(
  before: readonly RecentSync[],
  record: SyncRecord,
  files: ChangedFiles | undefined,
): RecentSync[] {
  const first = (names: readonly string[] = []) => names.slice(0, MAX_RECENT_NAMES);
  const entry = {
    ...record,
    files: {
      created: first(files?.created),
      updated: first(files?.updated),
      deleted: first(files?.deleted),
    },
  };
  return [entry, ...before].slice(0, MAX_RECENT_SYNCS);
}
