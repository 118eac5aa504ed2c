import { join } from 'node:path';
import { unsafe } from './paths.ts';
import type { SyncFileSystem } from './ports.ts';

/** Where a name is tried out; goes again at once. */
const TRIAL_DIRECTORY = '.names';
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const ASCII = /^[\x20-\x7e]*$/;

/** The same for names that some file systems take for one: they differ only in case, or in how accents are written. */
function foldedOf(path: string): string {
  return (ASCII.test(path) ? path : path.normalize('NFC')).toLowerCase();
}

/**
 * Throws 3114 if two of these paths are one on this file system: the second would overwrite the first. On a file system
 * that tells them apart they are just two files. Only names that may collide are tried out, in `directory`.
 */
export function checkCollisions(fs: SyncFileSystem, directory: string, paths: Iterable<string>): void {
  const met = new Map<string, string>();
  for (const path of paths) {
    const folded = foldedOf(path);
    const other = met.get(folded);
    if (other === undefined) met.set(folded, path);
    else if (other !== path && isOne(fs, join(directory, TRIAL_DIRECTORY), other, path))
      throw unsafe(path, `this file system takes it for ${JSON.stringify(other)}`);
  }
}

/** Whether every name in which two paths differ is one name here. */
function isOne(fs: SyncFileSystem, directory: string, one: string, other: string): boolean {
  const names = one.split('/');
  const differing = other
    .split('/')
    .flatMap((name, i) => (name === names[i] ? [] : [[names[i] ?? '', name]]));
  return differing.every(([made = '', asked = '']) => {
    fs.removeTree(directory);
    fs.mkdir(directory, DIRECTORY_MODE);
    try {
      fs.create(join(directory, made), new Uint8Array(), FILE_MODE);
      return fs.lstat(join(directory, asked)) !== null;
    } finally {
      fs.removeTree(directory);
    }
  });
}
