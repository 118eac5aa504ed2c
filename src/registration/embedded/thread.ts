import { parentPort, workerData } from 'node:worker_threads';
import { MusterError, type WireError } from '../../protocol/errors.ts';
import { type BatchResult, runBatch } from './batch.ts';
import type { JudgedOrder } from './orders.ts';

/** What the thread answers to orders. */
export type BatchReply = { readonly result: BatchResult } | { readonly failure: WireError };

/** The thread of an embedded authd: it waits for the lock of the registry and for the disk, so that the node does not. */
const { home } = workerData as { home: string };

parentPort?.on('message', (orders: readonly JudgedOrder[]) => {
  parentPort?.postMessage(replyTo(orders));
});

function replyTo(orders: readonly JudgedOrder[]): BatchReply {
  try {
    return { result: runBatch(home, orders, Math.floor(Date.now() / 1000)) };
  } catch (error) {
    return { failure: MusterError.from(error).toWire() };
  }
}
