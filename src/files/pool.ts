import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MusterError } from '../protocol/errors.ts';
import type { Answer, TaskArgs, TaskName, TaskResult } from './tasks.ts';

interface Job {
  readonly id: number;
  readonly task: TaskName;
  readonly args: unknown;
  resolve(result: unknown): void;
  reject(error: MusterError): void;
}

/**
 * Threads for what is heavy: hashing, packing, unpacking, applying. A thread does one task at a time; a thread that
 * dies fails its task and is replaced.
 */
export class FilePool {
  readonly #lanes: Lane[];
  readonly #queue: Job[] = [];
  #lastId = 0;
  #isClosed = false;

  constructor({ threads }: { threads: number }) {
    this.#lanes = Array.from({ length: Math.max(1, threads) }, () => new Lane(() => this.#dispatch()));
  }

  /** Number of threads. */
  get size(): number {
    return this.#lanes.length;
  }

  /** Runs a task on whichever thread is free. Rejects with MusterError. */
  run<Name extends TaskName>(task: Name, args: TaskArgs<Name>): Promise<TaskResult<Name>> {
    return new Promise((resolve, reject) => {
      this.#queue.push(this.#job(task, args, resolve as never, reject));
      this.#dispatch();
    });
  }

  /** Runs a task on the thread that keeps the state of the scans. */
  runSticky<Name extends TaskName>(task: Name, args: TaskArgs<Name>): Promise<TaskResult<Name>> {
    return new Promise((resolve, reject) => {
      this.#lanes[0]?.own.push(this.#job(task, args, resolve as never, reject));
      this.#dispatch();
    });
  }

  /** BLAKE2b-512 of a file, hex. */
  digestFile(path: string): Promise<{ digest: string; sizeBytes: number }> {
    return this.run('digest', { path });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#refuseAll();
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #job(
    task: TaskName,
    args: unknown,
    resolve: (result: unknown) => void,
    reject: (error: MusterError) => void,
  ): Job {
    this.#lastId += 1;
    return { id: this.#lastId, task, args, resolve, reject };
  }

  #refuseAll(): void {
    for (const jobs of [this.#queue, ...this.#lanes.map(({ own }) => own)]) {
      for (const job of jobs.splice(0)) job.reject(new MusterError(3125));
    }
  }

  #dispatch(): void {
    if (this.#isClosed) {
      this.#refuseAll();
      return;
    }
    for (const lane of this.#lanes) {
      if (lane.isBusy) continue;
      const job = lane.own.shift() ?? this.#queue.shift();
      if (job !== undefined) lane.start(job);
    }
  }
}

/** One thread, and what only it may do. */
class Lane {
  readonly own: Job[] = [];
  readonly #onIdle: () => void;
  #worker: Worker | null = null;
  #job: Job | null = null;
  #isClosed = false;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  get isBusy(): boolean {
    return this.#job !== null;
  }

  start(job: Job): void {
    this.#job = job;
    const worker = this.#worker ?? this.#spawn();
    worker.ref();
    worker.postMessage({ id: job.id, task: job.task, args: job.args });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  #spawn(): Worker {
    const worker = new Worker(new URL(`./pool-thread${extname(import.meta.url)}`, import.meta.url));
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#answered(worker, answer));
    worker.on('error', (error) => this.#died(worker, error.message));
    worker.on('exit', () => this.#died(worker, 'it ended'));
    return worker;
  }

  #answered(worker: Worker, answer: Answer): void {
    const job = this.#job;
    if (job === null || job.id !== answer.id) return;
    this.#job = null;
    // An idle thread does not keep the process alive.
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
    job?.reject(new MusterError(this.#isClosed ? 3125 : 1000, `the thread of task ${job.task} died: ${why}`));
    if (!this.#isClosed) this.#onIdle();
  }
}
