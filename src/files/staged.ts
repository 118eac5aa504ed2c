import type { Found } from './ports.ts';

/** What is known of a staged file since it was made, so that nobody need look at it again. */
export type StagedFile = Pick<Found, 'ino' | 'size' | 'mode'>;

/** Staged files by their names, in columns, because they go from thread to thread. */
export interface StagedColumns {
  readonly names: readonly string[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Numbers of one file. */
const NUMBERS = 3;

export function columnsOfStaged(files: ReadonlyMap<string, StagedFile>): StagedColumns {
  const numbers = new Float64Array(files.size * NUMBERS);
  let at = 0;
  for (const { ino, size, mode } of files.values()) {
    numbers[at] = ino;
    numbers[at + 1] = size;
    numbers[at + 2] = mode;
    at += NUMBERS;
  }
  return { names: [...files.keys()], numbers };
}

export function stagedOfColumns(all: readonly StagedColumns[]): Map<string, StagedFile> {
  const files = new Map<string, StagedFile>();
  for (const { names, numbers } of all) {
    for (const [i, name] of names.entries()) {
      const at = i * NUMBERS;
      files.set(name, { ino: numbers[at] ?? 0, size: numbers[at + 1] ?? 0, mode: numbers[at + 2] ?? 0 });
    }
  }
  return files;
}
