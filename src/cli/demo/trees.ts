import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileItem, FilesConfig } from '../../config/node-config.ts';

/**
 * Reads the synchronised files of a home straight from the disk. Deliberately not the code of the daemon: what verifies
 * it must not share its mistakes.
 */
export async function listTree(home: string, config: FilesConfig): Promise<Map<string, FileItem>> {
  const found = new Map<string, FileItem>();
  for (const item of config.items) {
    for (const path of await listItem(home, item.key, item)) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const excluded =
        config.excludedFiles.includes(name) ||
        config.excludedExtensions.some((ending) => name.endsWith(ending));
      if (!excluded && (item.files.includes('all') || item.files.includes(name))) found.set(path, item);
    }
  }
  return found;
}

async function listItem(home: string, directory: string, item: FileItem): Promise<string[]> {
  const entries = await readdir(join(home, directory), { withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const paths: string[] = [];
  for (const entry of entries) {
    if (entry.isFile()) paths.push(`${directory}${entry.name}`);
    if (entry.isDirectory() && item.recursive) {
      paths.push(...(await listItem(home, `${directory}${entry.name}/`, item)));
    }
  }
  return paths;
}

export interface TreeComparison {
  files: number;
  bytes: number;
  /** One sentence for each path that is not as it should be. */
  differences: string[];
}

/** Compares a worker's files with the master's, byte for byte, and their modes with the configured ones. */
export async function compareTrees(
  master: string,
  worker: string,
  config: FilesConfig,
): Promise<TreeComparison> {
  const [expected, actual] = [await listTree(master, config), await listTree(worker, config)];
  const result: TreeComparison = { files: expected.size, bytes: 0, differences: [] };
  for (const [path, item] of expected) {
    if (!actual.has(path)) {
      result.differences.push(`${path} is missing`);
      continue;
    }
    const [wanted, found] = await Promise.all([readFile(join(master, path)), readFile(join(worker, path))]);
    result.bytes += wanted.length;
    if (!wanted.equals(found)) result.differences.push(`${path} has another content`);
    const mode = (await stat(join(worker, path))).mode & 0o777;
    if (mode !== item.permissions) {
      result.differences.push(`${path} has mode ${mode.toString(8)}, not ${item.permissions.toString(8)}`);
    }
  }
  for (const path of actual.keys()) {
    if (!expected.has(path)) result.differences.push(`${path} should not be there`);
  }
  return result;
}
