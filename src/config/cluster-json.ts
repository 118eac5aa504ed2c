import { MusterError } from '../protocol/errors.ts';
import { inHome } from './home.ts';
import { checkJson, type JsonFile, readJsonFile, unknownKeys } from './json-file.ts';
import type { FileItem, FilesConfig } from './node-config.ts';
import { type ClusterJson, clusterJsonSchema } from './schema/cluster-json.ts';

export interface ReadClusterJson {
  readonly settings: ClusterJson;
  /** The file that was read; null if the defaults hold. */
  readonly source: string | null;
  readonly warnings: readonly string[];
}

/**
 * cluster.json: `etc/cluster.json` if the home has one, else the place where existing installations keep it, else the
 * defaults. Throws 3005 naming file, key, found value and what is allowed. Unknown keys are warned about.
 */
export async function readClusterJson(home: string): Promise<ReadClusterJson> {
  for (const name of ['clusterJson', 'installedClusterJson'] as const) {
    const path = inHome(home, name);
    try {
      const file = await readJsonFile(path);
      if (file !== null) return checked(file);
    } catch (error) {
      throw new MusterError(3005, `${path}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { settings: clusterJsonSchema.parse({}), source: null, warnings: [] };
}

function checked(file: JsonFile): ReadClusterJson {
  const settings = checkJson(clusterJsonSchema, file.raw);
  const warnings = unknownKeys(clusterJsonSchema, file.raw).map(
    (key) => `${file.path}: ${key} is unknown; ignored`,
  );
  const { worker, master } = settings.intervals;
  const allowed = master.max_allowed_time_without_keepalive;
  for (const [key, period, who] of [
    ['worker.keep_alive', worker.keep_alive, 'the master will drop its workers'],
    [
      'master.check_worker_lastkeepalive',
      master.check_worker_lastkeepalive,
      'workers will leave their master',
    ],
  ] as const) {
    if (period < allowed) continue;
    warnings.push(
      `${file.path}: intervals.${key} (${period}) is not below intervals.master.max_allowed_time_without_keepalive (${allowed}): ${who} between two keepalives`,
    );
  }
  return { settings, source: file.path, warnings };
}

/** The `files` section in the form that scans and syncs use. */
export function filesConfig(files: ClusterJson['files']): FilesConfig {
  const { excluded_files: excludedFiles, excluded_extensions: excludedExtensions, ...items } = files;
  return {
    items: Object.entries(items).map(
      ([key, item]): FileItem => ({
        key,
        permissions: Number.parseInt(item.permissions.replace('o', ''), 8),
        files: item.files,
        recursive: item.recursive,
        removeSubdirsIfEmpty: item.remove_subdirs_if_empty,
        extraValid: item.extra_valid,
      }),
    ),
    excludedFiles,
    excludedExtensions,
  };
}
