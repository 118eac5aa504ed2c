import type { FileItem, FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from './limits.ts';

const NUL = '\0';

/** True for a name that two nodes understand alike: valid Unicode, no separator of any system, not too long. */
export function isSafeName(name: string): boolean {
  return (
    name.length > 0 &&
    name !== '.' &&
    name !== '..' &&
    !name.includes('/') &&
    !name.includes('\\') &&
    !name.includes(NUL) &&
    !name.includes('\ufffd') &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}

/** True for a path that is relative, in its normal form, not too long, and made of safe names. */
export function isPlainPath(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_PATH_BYTES && path.split('/').every(isSafeName);
}

/** True if this base name is synchronised in a directory of this item. */
export function isWanted(name: string, item: FileItem, config: FilesConfig): boolean {
  if (config.excludedFiles.includes(name)) return false;
  if (config.excludedExtensions.some((extension) => name.endsWith(extension))) return false;
  return item.files.includes('all') || item.files.includes(name);
}

/**
 * The item that a path of a peer belongs to. The path is rejected, never repaired: throws 3114 unless it is relative,
 * in its normal form, made of safe names, and of a file that this node's own configuration synchronises.
 */
export function checkPath(path: string, itemKey: string, config: FilesConfig): FileItem {
  const refuse = (why: string): never => {
    throw new MusterError(3114, `${JSON.stringify(path.slice(0, 200))}: ${why}`);
  };
  if (!isPlainPath(path)) refuse('it is not a plain relative path');
  const item = config.items.find(({ key }) => key === itemKey);
  if (item === undefined)
    return refuse(`${JSON.stringify(itemKey)} is not among the synchronised directories`);
  if (!path.startsWith(item.key)) refuse(`it does not lie in ${item.key}`);
  const below = path.slice(item.key.length).split('/');
  if (below.length > 1 && !item.recursive) refuse(`${item.key} has no synchronised subdirectories`);
  if (!isWanted(below.at(-1) ?? '', item, config))
    refuse(`files of this name are not synchronised in ${item.key}`);
  return item;
}

/** Paths in the order of their bytes, which is the same in every language. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
