import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'muster-bench-probe';
/** Numbers that all threads of a node see. */
const CELLS = ['opens', 'command', 'threads', 'stopped'] as const;
type Cell = (typeof CELLS)[number];

/** What the main thread wants of the others. */
export const Command = { none: 0, profile: 1, stop: 2 } as const;

/**
 * How the threads of a node talk about the bench: by shared memory. Messages would go through code that Node loads for
 * them alone, and that costs more than many a task.
 */
function cells(): Int32Array<SharedArrayBuffer> {
  if (isMainThread)
    setEnvironmentData(KEY, new SharedArrayBuffer(CELLS.length * Int32Array.BYTES_PER_ELEMENT));
  return new Int32Array(getEnvironmentData(KEY) as unknown as SharedArrayBuffer);
}

const memory = cells();
const at = (cell: Cell) => CELLS.indexOf(cell);

export const shared = {
  get: (cell: Cell): number => Atomics.load(memory, at(cell)),
  set: (cell: Cell, value: number): void => {
    Atomics.store(memory, at(cell), value);
  },
  increment: (cell: Cell): void => {
    Atomics.add(memory, at(cell), 1);
  },
};
