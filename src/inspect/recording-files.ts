import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { KEPT_LIVES } from './limits.ts';

/** The older half of a recording. */
export const olderHalf = (file: string) => `${file}.1`;

/** The recording of an earlier life of the node, of which the last one is 1: `machines.previous-1.trace`. */
export function earlierLife(file: string, life: number): string {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.previous-${life}${ext}`);
}

/**
 * Makes room for a new life: who crashed is started again at once, and what it did last is wanted then. What was killed
 * before it wrote anything takes no place, and a device is left where it is.
 */
export function keepEarlierLife(file: string): void {
  if (!holdsLife(file)) return;
  for (let life = KEPT_LIVES - 1; life >= 1; life -= 1)
    move(earlierLife(file, life), earlierLife(file, life + 1));
  move(file, earlierLife(file, 1));
}

/** Who is killed while its file turns over leaves the older half, and of the newer one nothing or an empty file. */
function holdsLife(file: string): boolean {
  const newer = statSync(file, { throwIfNoEntry: false });
  if (newer !== undefined && !newer.isFile()) return false;
  return (newer?.size ?? 0) > 0 || existsSync(olderHalf(file));
}

function move(from: string, to: string): void {
  if (!existsSync(from) && !existsSync(olderHalf(from))) return;
  moveHalf(olderHalf(from), olderHalf(to));
  moveHalf(from, to);
}

function moveHalf(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
  else rmSync(to, { force: true });
}
