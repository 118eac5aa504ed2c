import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ANSWER_BYTES } from '../../protocol/limits.ts';
import { asError } from '../effects/failures.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import { type Answer, tooLarge } from './answer.ts';
import { MAX_INLINE_MERGE_BYTES, MAX_MERGE_HEAP_BYTES } from './limits.ts';
import type { LiveRequest } from './live-requests.ts';
import { type MergeOrder, mergeItems } from './merge-items.ts';
import type { MergeAnswer } from './merge-thread.ts';

/** Makes the one answer of a request. Long ones are made by a thread, one after the other: nobody else waits for them. */
export class AnswerMerger {
  readonly #turns = new OneAtATime();
  readonly #maxHeapBytes: number;

  constructor({ maxHeapBytes = MAX_MERGE_HEAP_BYTES } = {}) {
    this.#maxHeapBytes = maxHeapBytes;
  }

  /**
   * What was not split is the answer of its one place, or fails with it; of what was, every item that failed is told with
   * its reason, and the others are there all the same. Rejects with what the one place failed with, 3301, and 3302 for an
   * answer that has no items.
   */
  async merge(live: LiveRequest, signal: AbortSignal): Promise<Answer> {
    const { plan, answers, failures } = live;
    const [only = null] = answers;
    const failure = failures[0] ?? null;
    if (!plan.isSplit) {
      if (failure !== null) throw asError(failure);
      if (only === null) throw new MusterError(3302, 'there is no answer');
      return only;
    }
    const isWhole = plan.failed.length === 0 && answers.length === 1 && failure === null;
    if (isWhole && only !== null) return only;
    const order = orderOf(live);
    const size = order.answers.reduce((sum, { length }) => sum + length, 0);
    if (size > MAX_ANSWER_BYTES) throw tooLarge(order.method);
    if (size <= MAX_INLINE_MERGE_BYTES) return JSON.stringify(mergeItems(order));
    return this.#inTurn(order, signal);
  }

  /** Whoever gives it up while it waits leaves nothing behind that waits: answers may be long. */
  async #inTurn(order: MergeOrder, signal: AbortSignal): Promise<Answer> {
    let waiting: MergeOrder | null = order;
    const giveUp = () => {
      waiting = null;
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const { method } = order;
    return this.#turns.run(() => {
      signal.removeEventListener('abort', giveUp);
      if (waiting === null) return Promise.reject(new MusterError(3120, method));
      return mergeByThread(waiting, this.#maxHeapBytes, signal);
    });
  }
}

function orderOf({ plan, answers, failures, request }: LiveRequest): MergeOrder {
  return {
    method: request.method,
    answers: answers.filter((answer) => answer !== null),
    failed: [
      ...plan.failed,
      ...failures.flatMap((failure, index) =>
        failure === null
          ? []
          : [{ error: asError(failure).toWire(), ids: [...(plan.places[index]?.ids ?? [])] }],
      ),
    ],
  };
}

/** Whoever gives it up by `signal` ends the thread. */
function mergeByThread(order: MergeOrder, maxHeapBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  if (signal.aborted) return Promise.reject(new MusterError(3120, order.method));
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(`./merge-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapBytes / 2 ** 20 },
    });
    const giveUp = () => void thread.terminate();
    signal.addEventListener('abort', giveUp);
    thread.once('message', (answer: MergeAnswer) => {
      if ('bytes' in answer) resolve(answer.bytes);
      else reject(MusterError.fromWire(answer.failure));
    });
    thread.once('error', (error: NodeJS.ErrnoException) => {
      const isTooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const words = `${order.method}: merging takes more than ${maxHeapBytes} bytes of memory`;
      reject(isTooMuch ? new MusterError(3301, words) : MusterError.from(error));
    });
    thread.once('exit', (code) => {
      signal.removeEventListener('abort', giveUp);
      reject(new MusterError(signal.aborted ? 3120 : 1000, `${order.method}: merging ended with ${code}`));
    });
  });
}
