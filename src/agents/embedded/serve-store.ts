import { setImmediate } from 'node:timers/promises';
import { lossOf, type Place, placeOf } from '../../config/places.ts';
import { MusterError } from '../../protocol/errors.ts';
import { GROUPS_NOTICE_MS, MAX_BATCH_MS } from '../limits.ts';
import type { MirroredPiece } from '../store-types.ts';
import { WdbServer } from '../wdb-server.ts';
import { AgentDatabase } from './database.ts';
import { execute } from './execute.ts';
import {
  START_ID,
  type StoreCall,
  type StoreReply,
  type StoreStart,
  type ThreadOptions,
} from './messages.ts';
import { RegistryMirror } from './registry-mirror.ts';
import { databaseError } from './sqlite-errors.ts';
import { runTask } from './tasks.ts';

/** The way to whoever asks, as a thread has it. */
export interface StorePort {
  on(event: 'message', listener: (call: StoreCall) => void): unknown;
  postMessage(reply: StoreReply): void;
}

/** Owns the database, answers calls, and serves it to other programs itself, so that neither slows the node down. */
export function serveStore(port: StorePort, options: ThreadOptions): void {
  void new ServedStore(port, options).start();
}

class ServedStore {
  readonly #port: StorePort;
  readonly #options: ThreadOptions;
  #database: AgentDatabase | null = null;
  #server: WdbServer | null = null;
  #isNoticeDue = false;

  constructor(port: StorePort, options: ThreadOptions) {
    this.#port = port;
    this.#options = options;
  }

  async start(): Promise<void> {
    try {
      const opened = new AgentDatabase({
        ...this.#options,
        onGroups: () => this.#noticeGroups(),
        onCare: (isUnderWay) => this.#reply({ notice: 'care', isUnderWay }),
      });
      this.#database = opened;
      const socket = await this.#serve(opened);
      const mirror = new RegistryMirror(opened);
      // One after the other: what takes several turns is not overtaken.
      let last = Promise.resolve();
      this.#port.on('message', (call) => {
        last = last.then(() => this.#answer({ opened, mirror }, call));
      });
      const start: StoreStart = { socketIdentity: socket?.identity ?? null, storeId: opened.storeId };
      this.#watch(opened, { socket, storeId: start.storeId });
      this.#reply({ id: START_ID, result: start });
    } catch (error) {
      this.#database?.close();
      this.#fail(START_ID, error);
    }
  }

  async #serve(opened: AgentDatabase): Promise<Place | null> {
    const { socket } = this.#options;
    if (socket === null) return null;
    this.#server = new WdbServer({
      execute: (requests) => execute(opened, requests, MAX_BATCH_MS),
      onCrowd: () => this.#reply({ notice: 'crowd' }),
    });
    await this.#server.listen(socket);
    return placeOf(socket);
  }

  #watch(opened: AgentDatabase, before: Before): void {
    const look = setInterval(() => {
      const loss = this.#lossBehind(opened, before);
      if (loss === null) return;
      clearInterval(look);
      void this.#close(opened).finally(() => this.#reply({ notice: 'lost', failure: loss.toWire() }));
    }, this.#options.lookMs).unref();
  }

  /** Whoever cannot be found any more has to end, and to say so. */
  #lossBehind(opened: AgentDatabase, { socket, storeId }: Before): MusterError | null {
    try {
      const loss = lossOf(socket === null ? [opened] : [opened, socket], 3206);
      if (loss !== null || opened.storeId === storeId) return loss;
      return new MusterError(3206, `${opened.path}: a back-up was restored, which is opened anew`);
    } catch (error) {
      return databaseError(this.#options.file, error);
    }
  }

  /** Many changes in a row are told once. */
  #noticeGroups(): void {
    if (this.#isNoticeDue) return;
    this.#isNoticeDue = true;
    setTimeout(() => {
      this.#isNoticeDue = false;
      this.#reply({ notice: 'groups' });
    }, GROUPS_NOTICE_MS).unref();
  }

  async #answer({ opened, mirror }: Opened, call: StoreCall): Promise<void> {
    const { id } = call;
    try {
      if ('requests' in call) this.#reply({ id, result: await executeAll(opened, call.requests) });
      else if ('task' in call) this.#reply({ id, result: runTask(opened, call.task, call.args as never) });
      else if ('mirror' in call) this.#reply({ id, result: await mirrorPiece(mirror) });
      else this.#reply({ id, result: await this.#close(opened) });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  async #close(opened: AgentDatabase): Promise<void> {
    await this.#server?.close();
    opened.close();
  }

  #reply(message: StoreReply): void {
    this.#port.postMessage(message);
  }

  #fail(id: number, error: unknown): void {
    this.#reply({ id, failure: databaseError(this.#options.file, error).toWire() });
  }
}

/** What was there when the store was opened. */
interface Before {
  readonly socket: Place | null;
  readonly storeId: string;
}

/** The database, and what keeps it in step with the files of the home. */
interface Opened {
  readonly opened: AgentDatabase;
  readonly mirror: RegistryMirror;
}

/** In as many turns as it takes: whoever waits at the socket is served between. */
async function executeAll(opened: AgentDatabase, requests: readonly string[]): Promise<readonly string[]> {
  const answers = execute(opened, requests, MAX_BATCH_MS);
  while (answers.length < requests.length) {
    await setImmediate();
    answers.push(...execute(opened, requests.slice(answers.length), MAX_BATCH_MS));
  }
  return answers;
}

/** Whoever waits at the socket is served before the next piece can be asked for. */
async function mirrorPiece(mirror: RegistryMirror): Promise<MirroredPiece> {
  const piece = mirror.step();
  await setImmediate();
  return piece;
}
