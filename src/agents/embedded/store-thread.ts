import { rmSync } from 'node:fs';
import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { fileIdentity } from '../../config/file-identity.ts';
import { MusterError } from '../../protocol/errors.ts';
import { CLOSE_TIMEOUT_MS, MAX_STUCK_THREADS, MAX_WAITING_CALLS, OPEN_TIMEOUT_MS } from '../limits.ts';
import { CallDeadlines } from './call-deadlines.ts';
import {
  START_ID,
  type StoreCall,
  type StoreNotice,
  type StoreReply,
  type StoreStart,
  type ThreadOptions,
} from './messages.ts';
import { endThread, settlesWithin, stuckThreads } from './thread-end.ts';

/** Room for the short-lived objects of the thread; tasks are not faster for more. */
const MAX_YOUNG_GENERATION_MIB = 2;
/** The launcher's limit is for the main thread alone, and would be stronger than that of a thread: zero takes it away. */
const NO_COMMON_LIMIT = '--max-semi-space-size=0';

interface Waiting {
  resolve(result: never): void;
  reject(error: MusterError): void;
}

/** A call before it has its number. */
type Call = StoreCall extends infer One ? (One extends { id: number } ? Omit<One, 'id'> : never) : never;

/**
 * The near side of the thread of an embedded store. A call that reaches its deadline is the end of the thread: whatever it
 * does, others wait for it too, and what it has not answered can be asked of the next one. The deadline counts from when the
 * thread begins the call: many who ask at once make it slow, and not dead.
 */
export class StoreThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #deadlines: CallDeadlines;
  readonly #death = Promise.withResolvers<MusterError>();
  #lastId = START_ID;
  #start: StoreStart | null = null;
  #failure: MusterError | null = null;
  /** Agents or their groups may have changed, by whoever uses the store. */
  onGroups: () => void = () => {};
  /** More programs want to use the store than may. */
  onCrowd: () => void = () => {};

  private constructor(options: ThreadOptions, timeoutMs: number) {
    setFlagsFromString(NO_COMMON_LIMIT);
    this.#options = options;
    this.#deadlines = new CallDeadlines(timeoutMs, () => this.#hung(timeoutMs));
    this.#worker = new Worker(new URL(`./thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MIB },
    });
    this.#worker.on('message', (message: StoreReply) => this.#replied(message));
    this.#worker.on('messageerror', (error) => this.#died(error.message));
    this.#worker.on('error', (error) => this.#died(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#died(`it ended with code ${code}`));
  }

  /**
   * Resolves when the database is open and served. Rejects with 3202 to 3206 for the database, 3101 for the socket, 3200
   * when it takes too long, 3125 when the signal comes. `timeoutMs` is for each call, once it is begun.
   */
  static async start(options: ThreadOptions, timeoutMs: number, signal?: AbortSignal): Promise<StoreThread> {
    if (signal?.aborted) throw new MusterError(3125);
    if (stuckThreads() > MAX_STUCK_THREADS) {
      throw new MusterError(3206, `${options.file}: ${stuckThreads()} earlier threads of it do not end`);
    }
    const thread = new StoreThread(options, timeoutMs);
    const giveUp = () => thread.#lost(new MusterError(3125));
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      thread.#start = await thread.#answer<StoreStart>(START_ID, OPEN_TIMEOUT_MS);
      return thread;
    } catch (error) {
      await thread.#end();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Which set of rows was opened. */
  get storeId(): string | null {
    return this.#start?.storeId ?? null;
  }

  /** Resolves, when it has ended though nobody closed it, with the reason: 3200 it did not answer, 3206 any other. */
  get died(): Promise<MusterError> {
    return this.#death.promise;
  }

  /** Rejects with 3110 (too many wait), 3125 when it is closed, and with its reason when the thread has ended. */
  call<Result>(call: Call): Promise<Result> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#waiting.size >= MAX_WAITING_CALLS) return Promise.reject(new MusterError(3110, 'agent store'));
    this.#lastId += 1;
    const answer = this.#answer<Result>(this.#lastId);
    this.#worker.postMessage({ ...call, id: this.#lastId });
    this.#worker.ref();
    return answer;
  }

  /** What has been asked before is answered before. Rejects with 3200 if that takes too long: then it is not. */
  async close(): Promise<void> {
    if (this.#failure !== null) return;
    const closed = this.call<void>({ close: true });
    this.#failure = new MusterError(3125);
    this.#deadlines.stop(); // that of the end is shorter
    // One that dies meanwhile is closed too.
    const isClosed = await settlesWithin(closed, CLOSE_TIMEOUT_MS);
    await this.#end();
    this.#rejectAll(this.#failure);
    if (!isClosed) throw this.#silence(CLOSE_TIMEOUT_MS);
  }

  #answer<Result>(id: number, timeoutMs?: number): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#deadlines.begin(id, timeoutMs);
    });
  }

  #replied(message: StoreReply): void {
    if ('notice' in message) {
      this.#noticed(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.#deadlines.end(message.id);
    // A store that nobody asks does not keep the process alive.
    if (this.#waiting.size === 0) this.#worker.unref();
    if (waiting === undefined) return;
    if ('failure' in message) waiting.reject(MusterError.fromWire(message.failure));
    else waiting.resolve(message.result as never);
  }

  #noticed(message: StoreNotice): void {
    if (message.notice === 'groups') this.onGroups();
    else if (message.notice === 'crowd') this.onCrowd();
    else if (message.notice === 'care') this.#deadlines.takeCare(message.isUnderWay);
    else this.#lost(MusterError.fromWire(message.failure));
  }

  #died(why: string): void {
    this.#lost(new MusterError(3206, `the thread of the database died: ${why}`));
  }

  #hung(timeoutMs: number): void {
    this.#lost(this.#silence(timeoutMs));
  }

  #silence(timeoutMs: number): MusterError {
    return new MusterError(3200, `the thread of ${this.#options.file}: nothing in ${timeoutMs} ms`);
  }

  /** The first reason counts. Its death is told when it has ended: until then it may hold what the next one needs. */
  #lost(reason: MusterError): void {
    const isDeath = this.#failure === null;
    this.#failure ??= reason;
    this.#rejectAll(this.#failure);
    if (isDeath) void this.#end().then(() => this.#death.resolve(reason));
  }

  /** One that does not end leaves its socket to the next one: nobody is served there any more. */
  async #end(): Promise<void> {
    this.#deadlines.stop();
    if (await endThread(this.#worker)) return;
    const { socket } = this.#options;
    if (socket !== null && fileIdentity(socket) === this.#start?.socketIdentity)
      rmSync(socket, { force: true });
  }

  #rejectAll(error: MusterError): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
