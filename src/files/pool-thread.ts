import { parentPort } from 'node:worker_threads';
import { serveTasks } from './serve-tasks.ts';

/** A thread of the pool: takes calls one after the other. */
if (parentPort !== null) serveTasks(parentPort);
