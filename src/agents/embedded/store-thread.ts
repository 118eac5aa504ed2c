import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { MusterError } from '../../protocol/errors.ts';
import { START_ID, type StoreCall, type StoreReply, type ThreadOptions } from './messages.ts';

/** Room for the short-lived objects of the thread; tasks are not faster for more. */
const MAX_YOUNG_GENERATION_MIB = 16;
/** The launcher's limit is for the main thread alone, and would be stronger than that of a thread: zero takes it away. */
const NO_COMMON_LIMIT = '--max-semi-space-size=0';

interface Waiting {
  resolve(result: never): void;
  reject(error: MusterError): void;
}

/** A call before it has its number. */
type Call = StoreCall extends infer One ? (One extends { id: number } ? Omit<One, 'id'> : never) : never;

/** The near side of the thread of an embedded store. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #death = Promise.withResolvers<MusterError>();
  #lastId = START_ID;
  /** Agents or their groups may have changed, by whoever uses the store. */
  onGroups: () => void = () => {};
  #failure: MusterError | null = null;

  private constructor(options: ThreadOptions) {
    setFlagsFromString(NO_COMMON_LIMIT);
    this.#worker = new Worker(new URL(`./thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MIB },
    });
    this.#worker.on('message', (message: StoreReply) => this.#replied(message));
    this.#worker.on('messageerror', (error) => this.#ended(error.message));
    this.#worker.on('error', (error) => this.#ended(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#ended(`it ended with code ${code}`));
  }

  /** Resolves when the database is open and served. Rejects with 3202 to 3206 for the database, 3101 for the socket. */
  static async start(options: ThreadOptions): Promise<StoreThread> {
    const thread = new StoreThread(options);
    try {
      await new Promise<void>((resolve, reject) => {
        thread.#waiting.set(START_ID, { resolve: resolve as Waiting['resolve'], reject });
      });
      thread.#settleLife();
      return thread;
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
  }

  /** Resolves with 3206 when the thread has died by itself. */
  get died(): Promise<MusterError> {
    return this.#death.promise;
  }

  /** Rejects with 3125 when it is closed, 3206 when the thread has died. */
  call<Result>(call: Call): Promise<Result> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise<Result>((resolve, reject) => {
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve: resolve as Waiting['resolve'], reject });
      this.#worker.postMessage({ ...call, id: this.#lastId });
      this.#worker.ref();
    });
  }

  /** What has been asked before is answered before. */
  async close(): Promise<void> {
    if (this.#failure !== null) return;
    const closed = this.call<void>({ close: true });
    this.#failure = new MusterError(3125);
    await closed.catch(() => {}); // it died, and so is closed
    await this.#worker.terminate();
  }

  #replied(message: StoreReply): void {
    if ('notice' in message) {
      this.onGroups();
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.#settleLife();
    if (waiting === undefined) return;
    if ('failure' in message) waiting.reject(MusterError.fromWire(message.failure));
    else waiting.resolve(message.result as never);
  }

  /** A store that nobody asks does not keep the process alive. */
  #settleLife(): void {
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #ended(why: string): void {
    if (this.#failure === null) {
      this.#failure = new MusterError(3206, `the thread of the database died: ${why}`);
      this.#death.resolve(this.#failure);
    }
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
