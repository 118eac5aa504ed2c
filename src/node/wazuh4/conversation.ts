import { Latest } from '../../latest.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_HANDLE } from '../../protocol/limits.ts';
import { MAX_REMEMBERED } from './limits.ts';

export interface ConversationOptions {
  /** What this side is. */
  readonly role: 'master' | 'worker';
  readonly nodeName: string;
  /** The version of Wazuh that this side is said to have. */
  readonly compatibleVersion: string;
  /** Most bytes that a file of the peer may have: it does not say how many come. */
  readonly maxFileBytes: number;
  /** Most of one that somebody sends. */
  readonly maxSentFileBytes: number;
}

/** Where the next bytes of a file or string of the peer belong: it does not say so. */
export interface Arriving {
  readonly handle: number;
  position: number;
}

/**
 * What two sides that speak `wazuh4` have said and refer to later: there a file is known by its path in every message, a
 * verdict names no task, and an answer not what it is about.
 */
export class Conversation {
  readonly options: ConversationOptions;
  /** The worker of the two, once it has said its name. */
  worker: string | null;
  /** The master of the two, as this worker calls it. */
  masterName = 'master';
  /** Files and strings of the peer that are arriving, by path and by id. */
  readonly arrivingFiles = new Latest<string, Arriving>(MAX_REMEMBERED);
  readonly arrivingStrings = new Latest<number, Arriving>(MAX_REMEMBERED);
  /** Files that are being sent, by the handle that we gave them, as the peer knows none. */
  readonly #sentFiles = new Latest<number, string>(MAX_REMEMBERED);
  /** Bytes of strings that were announced, and of which nothing was sent yet. */
  readonly sentStrings = new Latest<number, number>(MAX_REMEMBERED);
  /** The master's process of integrity, and the worker's part of it. */
  integrityTask: string | null = null;
  applyTask: string | null = null;
  /** Strings of agent-groups that were sent last, of what has changed and of everything. */
  readonly groupsTasks = { difference: '', full: '' };
  /** Strings have the ids that the peer gave them: no file is called so. */
  #lastHandle = MAX_HANDLE;

  constructor(options: ConversationOptions) {
    this.options = options;
    this.worker = options.role === 'worker' ? options.nodeName : null;
  }

  /** Where files of both sides lie, as they call it. */
  get directory(): string {
    if (this.worker === null) throw new MusterError(3107, 'a file before hello');
    return `queue/cluster/${this.worker}`;
  }

  /** A file was announced to the peer. */
  sendFile(path: string): number {
    this.#lastHandle += 1;
    this.#sentFiles.set(this.#lastHandle, path);
    return this.#lastHandle;
  }

  sentFile(handle: number): string {
    const path = this.#sentFiles.get(handle);
    if (path === undefined) throw new MusterError(3018, `no file is being sent as ${handle}`);
    return path;
  }

  /** Its end is said now, whatever is answered: the peer lets go of it. What it is called there. */
  endFile(handle: number): string {
    const path = this.sentFile(handle);
    this.#sentFiles.delete(handle);
    return path;
  }

  isSending(handle: number): boolean {
    return this.#sentFiles.has(handle);
  }
}
