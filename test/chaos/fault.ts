import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultPoint } from '../../src/fault-point.ts';
import type { StartOptions } from '../e2e/node-process.ts';

/** What happens to a process at a fault point: it dies by SIGKILL, stops by SIGSTOP, meets an error, its thread ends or hangs. */
export type FaultAction = 'kill' | 'stop' | 'throw' | 'exit' | 'hang';

export interface Fault {
  readonly point: FaultPoint;
  /** Which passage of it, counted in each thread from 1 since the order was given. */
  readonly passage: number;
  readonly action: FaultAction;
}

/** A step of applying that the file system refuses for good, so that the set is undone. */
export type Refused = Omit<Fault, 'action'>;

/** What a node is to meet. */
export interface FaultOrder {
  readonly fault: Fault | null;
  /** Comes before the fault, once in each thread. */
  readonly refused: Refused | null;
  /** Made by the thread that meets the fault: the others, and those that come after it, do not. */
  readonly marker: string;
}

/** What a process is told by its environment. */
export interface FaultFiles {
  /** The order: whoever writes another one there gives it to a node that runs. */
  readonly order: string;
  /** File to which the name of each point is appended as it is passed; `!` stands before the one with the fault. */
  readonly record: string;
}

export const FAULT_VARIABLE = 'MUSTER_TEST_FAULT';

/** How a node is started so that it meets faults. */
export const startWith = (files: FaultFiles): StartOptions => ({
  imports: [join(import.meta.dirname, 'fault-preload.ts')],
  env: { [FAULT_VARIABLE]: JSON.stringify(files) },
});

/** Nobody sees half of it. */
export function giveOrder(file: string, order: FaultOrder): void {
  writeFileSync(`${file}.new`, JSON.stringify(order));
  renameSync(`${file}.new`, file);
}

/** Points in threads that work on files or own a store: the end of these threads is not that of the process. */
const IN_THREAD = /^(?:package|large|apply|journal|put|remove|directory|undo|staging|recover|store)\b/;

export const isInThread = (point: FaultPoint) => IN_THREAD.test(point);

/** Whether a fault is the end of its process. */
export const endsProcess = ({ action, point }: Fault) =>
  action === 'kill' || (action === 'exit' && !isInThread(point));
