import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ANSWER_BYTES } from '../../protocol/limits.ts';
import type { ToldAs } from '../../requests/wazuh4/answers.ts';
import type { Answering } from '../../requests/wazuh4/callables.ts';
import { Turns } from '../../turns.ts';
import { asError } from '../effects/failures.ts';
import { type Answer, tooLarge } from './answer.ts';
import { type AnswerOrder, carryOut } from './answer-order.ts';
import type { MadeAnswer } from './answer-thread.ts';
import { MAX_ANSWER_HEAP_BYTES, MAX_INLINE_ANSWER_BYTES } from './limits.ts';
import type { LiveRequest } from './live-requests.ts';
import type { MergeOrder } from './merge-items.ts';

/**
 * Makes answers of what has come: merges those of several nodes, and puts them into the form of a peer or reads them out of
 * it. Long ones are made by a thread, one after the other: nobody else waits for them.
 */
export class AnswerMaker {
  readonly #turns = new Turns();
  readonly #maxHeapBytes: number;

  constructor({ maxHeapBytes = MAX_ANSWER_HEAP_BYTES } = {}) {
    this.#maxHeapBytes = maxHeapBytes;
  }

  /**
   * The one answer of a request. What was not split is the answer of its one place, or fails with it; of what was, every
   * item that failed is told with its reason, and the others are there all the same. Rejects with what the one place failed
   * with, 3301, and 3302 for an answer that has no items.
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
    const isWhole =
      plan.failed.length === 0 && answers.length === 1 && failure === null && plan.tellsNodes !== true;
    if (isWhole && only !== null) return only;
    return this.#make(orderOf(live), signal);
  }

  /** An answer as the peer reads it that has asked. Rejects with 3301. */
  async tell(
    answer: Answer,
    { method, as }: { method: string; as: ToldAs },
    signal: AbortSignal,
  ): Promise<Answer> {
    return this.#make({ kind: 'tell', method, answers: [answer], as }, signal);
  }

  /** The answer that a peer has written in its form. Rejects with what it says that has failed, 3036, 3301, 3302. */
  async understand(
    answer: Answer,
    { method, answering }: { method: string; answering: Answering },
    signal: AbortSignal,
  ): Promise<Answer> {
    return this.#make({ kind: 'understand', method, answers: [answer], answering }, signal);
  }

  #make(order: AnswerOrder, signal: AbortSignal): Answer | Promise<Answer> {
    const size = order.answers.reduce((sum, { length }) => sum + length, 0);
    if (size > MAX_ANSWER_BYTES) throw tooLarge(order.method);
    return size <= MAX_INLINE_ANSWER_BYTES ? carryOut(order) : this.#inTurn(order, signal);
  }

  /** Whoever gives it up while it waits leaves nothing behind that waits: answers may be long. */
  async #inTurn(order: AnswerOrder, signal: AbortSignal): Promise<Answer> {
    let waiting: AnswerOrder | null = order;
    const giveUp = () => {
      waiting = null;
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const { method } = order;
    return this.#turns.run(() => {
      signal.removeEventListener('abort', giveUp);
      if (waiting === null) return Promise.reject(new MusterError(3120, method));
      return madeByThread(waiting, this.#maxHeapBytes, signal);
    });
  }
}

function orderOf({ plan, answers, failures, request }: LiveRequest): MergeOrder {
  const told = answers.flatMap((answer, index) =>
    answer === null ? [] : [{ answer, node: plan.places[index]?.ids?.[0] ?? '' }],
  );
  return {
    kind: 'merge',
    method: request.method,
    answers: told.map(({ answer }) => answer),
    nodes: plan.tellsNodes === true ? told.map(({ node }) => node) : null,
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
function madeByThread(order: AnswerOrder, maxHeapBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  if (signal.aborted) return Promise.reject(new MusterError(3120, order.method));
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(`./answer-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapBytes / 2 ** 20 },
    });
    const giveUp = () => void thread.terminate();
    signal.addEventListener('abort', giveUp);
    thread.once('message', (answer: MadeAnswer) => {
      if ('bytes' in answer) resolve(answer.bytes);
      else reject(MusterError.fromWire(answer.failure));
    });
    thread.once('error', (error: NodeJS.ErrnoException) => {
      const isTooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const words = `${order.method}: making the answer takes more than ${maxHeapBytes} bytes of memory`;
      reject(isTooMuch ? new MusterError(3301, words) : MusterError.from(error));
    });
    thread.once('exit', (code) => {
      signal.removeEventListener('abort', giveUp);
      const words = `${order.method}: making the answer ended with ${code}`;
      reject(new MusterError(signal.aborted ? 3120 : 1000, words));
    });
  });
}
