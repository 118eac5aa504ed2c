import { extname } from 'node:path';
import { MusterError } from '../protocol/errors.ts';
import { columnsOf, type TaskArgs, type TaskName, type TaskResult } from './calls.ts';
import { type Job, Lane } from './lane.ts';
import { RecentDigests } from './recent-digests.ts';

/**
 * Threads for what is heavy: hashing, packing, unpacking, applying. A thread does one task at a time; a thread that
 * dies fails its task (1000, naming it) and is replaced when there is work. Threads are made when they are first
 * needed, and idle ones do not keep the process alive.
 */
export class FilePool {
  readonly #lanes: Lane[];
  readonly #queue: Job[] = [];
  readonly #digests = new RecentDigests();
  #lastId = 0;
  #isWarm = false;
  #isClosed = false;

  constructor({ threads }: { threads: number }) {
    const script = new URL(`./pool-thread${extname(import.meta.url)}`, import.meta.url);
    const count = Math.max(1, threads);
    this.#lanes = Array.from({ length: count }, () => new Lane(script, () => this.#dispatch()));
  }

  /** Number of threads. */
  get size(): number {
    return this.#lanes.length;
  }

  /** Runs a task on whichever thread is free. Rejects with MusterError: its own, or 3125 when the pool is closed. */
  run<Name extends TaskName>(task: Name, args: TaskArgs<Name>): Promise<TaskResult<Name>> {
    return this.#add(this.#queue, task, args);
  }

  /** Runs a task on the thread that keeps the state of the scans; such tasks are done in the order of the calls. */
  runSticky<Name extends TaskName>(task: Name, args: TaskArgs<Name>): Promise<TaskResult<Name>> {
    return this.#add(this.#sticky.own, task, args);
  }

  /**
   * BLAKE2b-512 of a file, hex. Goes before everything that waits: it is short, and a peer waits for the verdict. Rejects
   * with 3119.
   */
  async digestFile(path: string): Promise<{ digest: string; sizeBytes: number }> {
    const { digest, sizeBytes, state } = await this.#add(this.#queue, 'digest', { path }, true);
    if (state !== '') this.#digests.note(digest, state);
    return { digest, sizeBytes };
  }

  /** States in which files were found to have this digest, lately: whoever meets one again need not read it. */
  statesOf(digest: string): string[] {
    return this.#digests.statesOf(digest);
  }

  /** Ends the threads. What has not ended fails with 3125; nothing is begun any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue.splice(0)) job.reject(new MusterError(3125));
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  get #sticky(): Lane {
    return this.#lanes[0] as Lane;
  }

  #add<Name extends TaskName>(
    queue: Job[],
    task: Name,
    args: TaskArgs<Name>,
    isUrgent = false,
  ): Promise<TaskResult<Name>> {
    if (this.#isClosed) return Promise.reject(new MusterError(3125));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const columns = columnsOf(args);
      const job = { id: this.#lastId, task, args, columns, resolve: resolve as Job['resolve'], reject };
      if (isUrgent) queue.unshift(job);
      else queue.push(job);
      this.#dispatch();
    });
  }

  /** The thread of the scans takes what any thread could do last, so that scans seldom wait. */
  #dispatch(): void {
    for (const lane of this.#lanes.toReversed()) {
      if (lane.isBusy) continue;
      const job = lane.own.shift() ?? this.#queue.shift();
      if (job !== undefined) lane.start(job);
    }
    // Who needs one thread will soon need all, and making one takes longer than most tasks.
    if (!this.#isWarm) for (const lane of this.#lanes) lane.warmUp();
    this.#isWarm = true;
  }
}
