import { parentPort, workerData } from 'node:worker_threads';
import { CHECKS, type ContentKind } from './check-content.ts';

/** A thread that looks at one text and ends. */
const { kind, text } = workerData as { kind: ContentKind; text: string };
parentPort?.postMessage(CHECKS[kind](text));
