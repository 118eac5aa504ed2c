import { parentPort, workerData } from 'node:worker_threads';
import { MusterError, type WireError } from '../../protocol/errors.ts';
import { type MergeOrder, mergeItems } from './merge-items.ts';

/** What the thread says of its one order. */
export type MergeAnswer = { readonly bytes: Uint8Array } | { readonly failure: WireError };

/** A thread that makes one answer of many, and ends. */
function merged(order: MergeOrder): MergeAnswer {
  try {
    return { bytes: new TextEncoder().encode(JSON.stringify(mergeItems(order))) };
  } catch (error) {
    return { failure: MusterError.from(error).toWire() };
  }
}

const answer = merged(workerData as MergeOrder);
parentPort?.postMessage(answer, 'bytes' in answer ? [answer.bytes.buffer as ArrayBuffer] : []);
