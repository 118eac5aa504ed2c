import type { BigIntStats } from 'node:fs';

/** What tells one state of a file from another without reading it. */
export interface FileIdentity {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/** Numbers of one identity in a column (see hash-files.ts). */
export const IDENTITY_NUMBERS = 4;

export const identityOf = ({ size, mtimeNs, ctimeNs, ino }: BigIntStats): FileIdentity => ({
  size: Number(size),
  mtimeNs,
  ctimeNs,
  ino,
});

/** True if nothing can have changed between the two, as far as the file system's clock can tell. */
export const sameIdentity = (left: FileIdentity, right: FileIdentity): boolean =>
  left.size === right.size &&
  left.mtimeNs === right.mtimeNs &&
  left.ctimeNs === right.ctimeNs &&
  left.ino === right.ino;

/** Writes an identity into a column of them; columns travel between threads without being copied. */
export function putIdentity(column: BigInt64Array, index: number, identity: FileIdentity): void {
  const { size, mtimeNs, ctimeNs, ino } = identity;
  column.set([BigInt(size), mtimeNs, ctimeNs, ino], index * IDENTITY_NUMBERS);
}

/** Reads it back. */
export function getIdentity(column: BigInt64Array, index: number): FileIdentity {
  const at = index * IDENTITY_NUMBERS;
  const [size = 0n, mtimeNs = 0n, ctimeNs = 0n, ino = 0n] = column.subarray(at, at + IDENTITY_NUMBERS);
  return { size: Number(size), mtimeNs, ctimeNs, ino };
}
