import { join } from 'node:path';
import type { FaultPoint } from '../../src/fault-point.ts';
import type { StartOptions } from '../e2e/node-process.ts';

/** What happens to a process at a fault point: it dies by SIGKILL, stops by SIGSTOP, meets an error, loses or hangs the thread. */
export type FaultAction = 'kill' | 'stop' | 'throw' | 'exit' | 'hang';

export interface Fault {
  readonly point: FaultPoint;
  /** Which passage of it, counted from 1 in each thread. */
  readonly passage: number;
  readonly action: FaultAction;
}

/** A step of applying that the file system refuses for good, so that the set is undone. */
export type Refused = Omit<Fault, 'action'>;

/** What a process is told by its environment. */
export interface FaultOrder {
  readonly fault: Fault | null;
  /** Comes before the fault, once in each thread. */
  readonly refused: Refused | null;
  /** File to which the name of each point is appended as it is passed; `!` stands before the one with the fault. */
  readonly record: string;
  /** Made by the thread that meets the fault: the others, and those that come after it, do not. */
  readonly marker: string;
}

export const FAULT_VARIABLE = 'MUSTER_TEST_FAULT';

/** How a node is started so that it meets a fault. */
export const startWith = (order: FaultOrder): StartOptions => ({
  imports: [join(import.meta.dirname, 'fault-preload.ts')],
  env: { [FAULT_VARIABLE]: JSON.stringify(order) },
});
