import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { MusterError } from '../protocol/errors.ts';
import type { Answer, TaskName } from './calls.ts';
import { MAX_THREAD_HEAP_BYTES } from './limits.ts';

/**
 * Room for the short-lived objects of a thread. V8's default is several times that, in each thread, and tasks are not
 * faster for it.
 */
const MAX_YOUNG_GENERATION_MIB = 4;
/** V8's default follows the memory of the machine, and may be less than what a thread has to hold. */
const MAX_OLD_GENERATION_MIB = MAX_THREAD_HEAP_BYTES / 2 ** 20;
/** The launcher's limit is for the main thread alone, and would be stronger than that of a thread: zero takes it away. */
const NO_COMMON_LIMIT = '--max-semi-space-size=0';
/** Time for the task of a thread that is being closed. */
const CLOSE_TIMEOUT_MS = 5_000;

/** A task that waits for a thread or runs on one. */
export interface Job {
  readonly id: number;
  readonly task: TaskName;
  readonly args: unknown;
  /** Buffers that are moved to the thread. */
  readonly columns: ArrayBuffer[];
  resolve(result: unknown): void;
  reject(error: MusterError): void;
}

/** One thread of a pool, and what only it may do. */
export class Lane {
  /** Tasks that must run here, in their order. */
  readonly own: Job[] = [];
  readonly #script: URL;
  readonly #onIdle: () => void;
  #worker: Worker | null = null;
  #job: Job | null = null;
  #isClosed = false;
  #onJobEnd: () => void = () => {};

  constructor(script: URL, onIdle: () => void) {
    this.#script = script;
    this.#onIdle = onIdle;
  }

  get isBusy(): boolean {
    return this.#job !== null;
  }

  /** Only for a lane that is not busy. */
  start(job: Job): void {
    try {
      const worker = this.#worker ?? this.#spawn();
      worker.postMessage({ id: job.id, task: job.task, args: job.args }, job.columns);
      worker.ref();
      this.#job = job;
    } catch (error) {
      // No thread could be made, or the arguments cannot be sent: the task fails, the lane is free.
      job.reject(MusterError.from(error));
      queueMicrotask(this.#onIdle);
    }
  }

  /** Makes the thread, so that the first task does not wait for it. */
  warmUp(): void {
    if (this.#worker === null && !this.#isClosed) this.#spawn().unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.own.splice(0)) job.reject(new MusterError(3125));
    await this.#jobEnded();
    await this.#worker?.terminate();
  }

  /** A set that is being applied is applied, if it does not take too long; the journal knows about the rest. */
  #jobEnded(): Promise<void> {
    if (this.#job === null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      this.#onJobEnd = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #spawn(): Worker {
    setFlagsFromString(NO_COMMON_LIMIT);
    const worker = new Worker(this.#script, {
      resourceLimits: {
        maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MIB,
        maxOldGenerationSizeMb: MAX_OLD_GENERATION_MIB,
      },
    });
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#answered(worker, answer));
    worker.on('messageerror', (error) => this.#died(worker, error.message));
    worker.on('error', (error) => this.#died(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#died(worker, `it ended with code ${code}`));
    return worker;
  }

  #answered(worker: Worker, answer: Answer): void {
    const job = this.#job;
    if (job === null || job.id !== answer.id) return;
    this.#job = null;
    this.#onJobEnd();
    worker.unref();
    if ('failure' in answer) job.reject(new MusterError(answer.failure.code, answer.failure.detail));
    else job.resolve(answer.result);
    this.#onIdle();
  }

  #died(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const job = this.#job;
    this.#job = null;
    this.#onJobEnd();
    const error = this.#isClosed
      ? new MusterError(3125)
      : new MusterError(1000, `the thread of task ${job?.task} died: ${why}`);
    job?.reject(error);
    if (!this.#isClosed) this.#onIdle();
  }
}
