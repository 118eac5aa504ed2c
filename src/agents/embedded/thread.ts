import { parentPort, workerData } from 'node:worker_threads';
import { serveStore } from './serve-store.ts';

/** The thread of an embedded store. */
if (parentPort !== null) serveStore(parentPort, workerData);
