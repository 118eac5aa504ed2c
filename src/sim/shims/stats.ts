import type { BigIntStats, Dirent, Stats } from 'node:fs';
import type { Inode } from '../disk.ts';

const NS_PER_MS = 1_000_000n;

const kindOf = ({ names }: Inode) => ({
  isFile: () => names === null,
  isDirectory: () => names !== null,
  isSymbolicLink: () => false,
  isFIFO: () => false,
  isSocket: () => false,
  isCharacterDevice: () => false,
  isBlockDevice: () => false,
});

export function statsOf(inode: Inode, isBig: boolean): Stats | BigIntStats {
  const { ino, mode, links, sizeBytes, mtimeNs, ctimeNs } = inode;
  if (isBig) {
    const [size, mtimeMs, ctimeMs] = [BigInt(sizeBytes), mtimeNs / NS_PER_MS, ctimeNs / NS_PER_MS];
    const numbers = { ino: BigInt(ino), dev: 1n, mode: BigInt(mode), nlink: BigInt(links), uid: 0n, gid: 0n };
    return { ...kindOf(inode), ...numbers, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } as never;
  }
  const [mtimeMs, ctimeMs] = [Number(mtimeNs) / 1e6, Number(ctimeNs) / 1e6];
  const numbers = { ino, dev: 1, mode, nlink: links, uid: 0, gid: 0, size: sizeBytes };
  return { ...kindOf(inode), ...numbers, mtimeMs, ctimeMs, mtime: new Date(mtimeMs) } as never;
}

export const entryOf = (parentPath: string, name: string, inode: Inode): Dirent =>
  ({ name, parentPath, ...kindOf(inode) }) as never;
