import { parentPort, workerData } from 'node:worker_threads';
import { MusterError, type WireError } from '../../protocol/errors.ts';
import { type AnswerOrder, carryOut } from './answer-order.ts';

/** What the thread says of its one order. */
export type MadeAnswer = { readonly bytes: Uint8Array } | { readonly failure: WireError };

/** A thread that makes one answer, and ends. */
function made(order: AnswerOrder): MadeAnswer {
  try {
    return { bytes: new TextEncoder().encode(carryOut(order)) };
  } catch (error) {
    return { failure: MusterError.from(error).toWire() };
  }
}

const answer = made(workerData as AnswerOrder);
parentPort?.postMessage(answer, 'bytes' in answer ? [answer.bytes.buffer as ArrayBuffer] : []);
