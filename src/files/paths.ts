import { posix } from 'node:path';
import type { FileItem, FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_DIRECTORY_LEVELS, MAX_NAME_BYTES, MAX_PATH_BYTES } from './limits.ts';

/** What no name may hold: separators, NUL, and what stands in place of bytes that are not UTF-8. */
const UNSAFE = /[/\\\0\ufffd]/;
/** What most paths are: names of plain ASCII that do not begin with a dot. Nothing more needs to be checked then. */
const PLAIN = /^(?:[^/\\\0.\x80-\uffff][^/\\\0\x80-\uffff]*\/)*[^/\\\0.\x80-\uffff][^/\\\0\x80-\uffff]*$/;
/** Characters that surely fit, whatever they are. */
const SURELY_SHORT_CHARS = 85;
/** How much of a bad path an error repeats. */
const MAX_SHOWN_CHARS = 200;

/** What a sync writes beside its targets while it replaces them; never synchronised, whatever the configuration says. */
export const TEMPORARY_PREFIX = '.muster-';
export const TEMPORARY_SUFFIX = '.tmp';

/** True for a name that two nodes understand alike: valid Unicode, no separator of any system, not too long. */
export function isSafeName(name: string): boolean {
  return (
    name.length > 0 &&
    name !== '.' &&
    name !== '..' &&
    !UNSAFE.test(name) &&
    name.isWellFormed() &&
    (name.length <= SURELY_SHORT_CHARS || Buffer.byteLength(name) <= MAX_NAME_BYTES)
  );
}

/** True for a path that names the same file on every node: relative, in normal form, made of safe names, not too long. */
export function isSafePath(path: string): boolean {
  if (path.length <= MAX_NAME_BYTES && PLAIN.test(path)) return true;
  return Buffer.byteLength(path) <= MAX_PATH_BYTES && path.split('/').every(isSafeName);
}

/**
 * True for a path that stays below the home by its text alone: relative, in normal form, no NUL. Its names may be such
 * that no other node can have them.
 */
export function staysBelow(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
  );
}

/** True if this base name is synchronised in a directory of this item. */
export function isWanted(name: string, item: FileItem, config: FilesConfig): boolean {
  if (config.excludedFiles.includes(name)) return false;
  if (config.excludedExtensions.some((extension) => name.endsWith(extension))) return false;
  if (name.startsWith(TEMPORARY_PREFIX) && name.endsWith(TEMPORARY_SUFFIX)) return false;
  return item.files.includes('all') || item.files.includes(name);
}

/** Said of what no scan would find: such a file could be written here, and would then be missing for ever. */
export const TOO_DEEP = `it lies too deep: more than ${MAX_DIRECTORY_LEVELS} directories within each other`;

/** True for the files of a directory that is so many levels below that of its item. */
export const isTooDeep = (levels: number): boolean => levels > MAX_DIRECTORY_LEVELS;

/** Directories between that of an item and a file. */
export function levelsBelow(key: string, path: string): number {
  let levels = 0;
  for (let at = path.indexOf('/', key.length); at >= 0; at = path.indexOf('/', at + 1)) levels += 1;
  return levels;
}

/** The items, the innermost directories first: where two could claim a file, the first of these has it. */
export function innermostFirst({ items }: FilesConfig): FileItem[] {
  return items.toSorted((a, b) => b.key.length - a.key.length);
}

/** Decides for paths of a peer. Made once for many paths. */
export class PathRules {
  readonly #config: FilesConfig;
  readonly #items: FileItem[];

  constructor(config: FilesConfig) {
    this.#config = config;
    this.#items = innermostFirst(config);
  }

  /**
   * The item that a path belongs to, by this node's own configuration. The path is refused, never repaired: throws 3114
   * unless it is a safe path of a file that this node synchronises.
   */
  check(path: string): FileItem {
    if (!isSafePath(path)) throw unsafe(path, whyUnsafe(path));
    const covering = this.#items.filter((item) => this.#covers(item, path));
    if (covering.length === 0) throw unsafe(path, 'it does not lie in a synchronised directory');
    const name = path.slice(path.lastIndexOf('/') + 1);
    const wanting = covering.filter((candidate) => isWanted(name, candidate, this.#config));
    if (wanting.length === 0) throw unsafe(path, 'files of this name are not synchronised there');
    const item = wanting.find(({ key }) => !isTooDeep(levelsBelow(key, path)));
    if (item === undefined) throw unsafe(path, TOO_DEEP);
    return item;
  }

  /** The same for a directory below that of an item. Throws 3114. */
  checkDirectory(path: string): void {
    if (!isSafePath(path)) throw unsafe(path, whyUnsafe(path));
    const isBelow = this.#items.some(({ key, recursive }) => recursive && path.startsWith(key));
    if (!isBelow) throw unsafe(path, 'it does not lie in a synchronised directory');
  }

  #covers({ key, recursive }: FileItem, path: string): boolean {
    return path.startsWith(key) && (recursive || !path.includes('/', key.length));
  }
}

/** A path in an error, without repeating all of a long one. */
export const shownPath = (path: string) => JSON.stringify(path.slice(0, MAX_SHOWN_CHARS));

/** The refusal of a path. */
export function unsafe(path: string, why: string): MusterError {
  return new MusterError(3114, `${shownPath(path)}: ${why}`);
}

function whyUnsafe(path: string): string {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return 'it is too long';
  if (path.startsWith('/') || posix.normalize(path) !== path) return 'it is not a plain relative path';
  return 'it has a name that is not allowed';
}

/** Paths in the order of their bytes, which is the same in every language. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Of a path below a home; of many, which is why it is not left to `dirname`. */
export function directoryOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : path.slice(0, end);
}
