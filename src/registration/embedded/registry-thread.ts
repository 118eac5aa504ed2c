import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MusterError } from '../../protocol/errors.ts';
import type { BatchResult } from './batch.ts';
import type { JudgedOrder } from './orders.ts';
import type { BatchReply } from './thread.ts';

interface Pending {
  resolve(result: BatchResult): void;
  reject(error: MusterError): void;
}

/** The near side of the thread of an embedded authd: one batch at a time. It is made when it is first needed, and again if it died. */
export class RegistryThread {
  readonly #home: string;
  #worker: Worker | null = null;
  #pending: Pending | null = null;

  constructor(home: string) {
    this.#home = home;
  }

  /** Rejects with 3113, 3119, 3211, then nothing was carried out; with 1000 if the thread died, then nobody knows. */
  carryOut(orders: readonly JudgedOrder[]): Promise<BatchResult> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      worker.postMessage(orders);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: { home: this.#home },
    });
    worker.on('message', (reply: BatchReply) => {
      const pending = this.#settle(worker);
      if ('result' in reply) pending?.resolve(reply.result);
      else pending?.reject(MusterError.fromWire(reply.failure));
    });
    worker.on('error', (error) => this.#died(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#died(worker, `it ended with code ${code}`));
    return worker;
  }

  #died(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#settle(worker)?.reject(new MusterError(1000, `the thread of the registry died: ${why}`));
  }

  /** One that has nothing to do does not keep the process alive. */
  #settle(worker: Worker): Pending | null {
    const pending = this.#pending;
    this.#pending = null;
    worker.unref();
    return pending;
  }
}
