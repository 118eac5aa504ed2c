import { EventEmitter } from 'node:events';
import { serveStore } from '../../agents/embedded/serve-store.ts';
import type { FileSet } from '../../files/metadata.ts';
import { serveTasks } from '../../files/serve-tasks.ts';
import { copyOfMessage } from '../message.ts';
import { world } from '../world.ts';

/** `node:worker_threads` in a simulated world: what a thread does takes a moment, and happens all at once. */

export const parentPort = null;
export const workerData = null;
export const threadId = 0;

/** The longest way of a message from thread to thread, and of the work in between. */
const MAX_TASK_MS = 3;

interface Message {
  readonly id?: number;
  readonly task?: string;
  readonly args?: unknown;
  readonly result?: unknown;
}

/** No call of a node has this number: what the simulator itself wants to know of a scan. */
const SET_ASKED = -1;

type Port = EventEmitter & { postMessage(answer: Message): void };

/** What each kind of thread does, and whether it does so in one go: then everything else waits. */
const THREADS: Readonly<Record<string, { serve(port: Port, data: never): void; isAtOnce: boolean }>> = {
  'files/pool-thread': { serve: serveTasks as never, isAtOnce: true },
  'embedded/thread': { serve: serveStore as never, isAtOnce: false },
};

export class Worker extends EventEmitter {
  readonly #port: Port;
  readonly #isAtOnce: boolean;
  readonly #asked = new Set<number>();
  #isEnded = false;

  constructor(script: URL, { workerData: data }: { workerData?: unknown } = {}) {
    super();
    const name = script.pathname
      .split('/')
      .slice(-2)
      .join('/')
      .replace(/\.[jt]s$/, '');
    const thread = THREADS[name];
    if (thread === undefined) throw new Error(`the thread ${name} is not simulated`);
    this.#isAtOnce = thread.isAtOnce;
    this.#port = Object.assign(new EventEmitter(), {
      postMessage: (answer: Message) => this.#answered(answer),
    });
    this.#later(() => thread.serve(this.#port, data as never));
  }

  postMessage(message: Message): void {
    const copy = copyOfMessage(message) as Message;
    this.#later(() => {
      if (this.#isAtOnce && copy.id !== undefined) {
        world().busy += 1;
        this.#asked.add(copy.id);
      }
      this.#port.emit('message', copy);
      // Past all messages between threads, so that it takes no time and changes nothing.
      if (copy.task === 'settle') this.#port.emit('message', { ...copy, id: SET_ASKED, task: 'list' });
    });
  }

  ref(): void {}
  unref(): void {}

  async terminate(): Promise<number> {
    this.#isEnded = true;
    return 0;
  }

  #answered(answer: Message): void {
    if (answer.id === SET_ASKED) {
      if (answer.result !== undefined) world().onSettled(answer.result as FileSet);
      return;
    }
    if (answer.id !== undefined && this.#asked.delete(answer.id)) world().busy -= 1;
    const copy = copyOfMessage(answer);
    this.#later(() => this.emit('message', copy));
  }

  /** In the order in which it was asked for, as messages of threads are. */
  #later(run: () => void): void {
    const { nowMs } = world();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs + world().random('threads')() * MAX_TASK_MS);
    world().after(this.#freeAtMs - nowMs, () => {
      if (!this.#isEnded) run();
    });
  }

  #freeAtMs = 0;
}
