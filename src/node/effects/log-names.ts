import type { TaggedLog } from '../../observe/log.ts';

/** Names the files that a scan or a sync changed, one line each. */
export function logNames(
  log: TaggedLog,
  changed: { created: readonly string[]; updated: readonly string[]; deleted: readonly string[] },
): void {
  for (const path of changed.created) log.debug(`Created ${path}`);
  for (const path of changed.updated) log.debug(`Updated ${path}`);
  for (const path of changed.deleted) log.debug(`Deleted ${path}`);
}
