import { nameOfClientRequest, nameOfRequest } from '../../../machines/dapi/request-name.ts';
import type { Failure } from '../../../machines/failure.ts';
import { jsonChars } from '../../protocol/commands/shapes.ts';
import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { OfferedMethod } from '../../requests/handlers.ts';
import type { ItemsResult } from '../../requests/method.ts';
import { writtenChars } from '../../requests/wazuh4/translate.ts';
import type { Answer } from './answer.ts';
import {
  MAX_CLIENT_REQUESTS,
  MAX_HELD_ANSWER_CHARS,
  MAX_HELD_REQUEST_CHARS,
  MAX_LIVE_REQUESTS,
  MAX_NODE_REQUESTS,
  MAX_ORIGIN_REQUEST_CHARS,
} from './limits.ts';

export type ApiRequest = ArgsOf<'dapi'>['request'];

/** Where a request came from, and its answer goes to. */
export interface Origin {
  readonly connectionId: number;
  /** What both sides call the request. */
  readonly id: string;
  /** The name of the node that passed it on; null for a local client. */
  readonly node: string | null;
}

/** Where a part of a request is worked on. */
export interface Place {
  /** `HERE`, or the name of a node. */
  readonly place: string;
  readonly args: object;
  /** A request of the original's that goes there as it came: its text. */
  readonly text?: string;
  /** What fails if the part does: agents, or the node. Null where the request as a whole does. */
  readonly ids: readonly string[] | null;
}

/** What a request comes to, before anything was done. */
export interface Plan {
  readonly places: readonly Place[];
  /** Items that cannot be had. */
  readonly failed: ItemsResult['failed'];
  /** Its answers are merged item by item. */
  readonly isSplit: boolean;
  /** What each node tells is an item of the answer. */
  readonly tellsNodes?: boolean;
}

/** One request that a node has, beside its machine: everything that is long, or no plain data. */
export interface LiveRequest {
  readonly requestId: number;
  readonly origin: Origin;
  /** The nodes that it came through, the last one last. */
  readonly sender: string | null;
  readonly request: ApiRequest;
  /** Nodes that the client named in `dapi_fwd`; null for all nodes. */
  readonly forwardTo?: string | null;
  /** These and `workDueMs` by the clock that nobody sets. */
  readonly startedMs: number;
  readonly deadlineMs: number;
  /** How long the work here may take, once it is its turn; null: until it is due. */
  readonly workTimeoutMs: number | null;
  /** Of its arguments, and of how a peer has written it. */
  readonly chars: number;
  method: OfferedMethod | null;
  plan: Plan;
  /** When its work is due: with its answer, or, of several parts, before, so that the answer tells what became of the others. */
  workDueMs: number;
  /** The plan, while it is looked up where agents report; or why there is none. */
  planned: Promise<Plan> | null;
  /** By part: its answer. */
  readonly answers: (Answer | null)[];
  readonly failures: (Failure | null)[];
}

/** The requests that one node has, by number and by origin. */
export class LiveRequests {
  readonly #requests = new Map<number, LiveRequest>();
  readonly #byOrigin = new Map<number, Map<string, LiveRequest>>();
  #lastNumber = 0;
  #heldChars = 0;
  readonly #charsOf = new Map<number, number>();
  #heldAnswerChars = 0;

  get size(): number {
    return this.#requests.size;
  }

  /** Takes a request in. Throws 3110 if there are too many, 3113 if they are too long together, 3108 for a name that is in use. */
  add(
    origin: { connectionId: number; id: string | null; node: string | null },
    about: Pick<LiveRequest, 'sender' | 'request' | 'forwardTo' | 'workTimeoutMs'> & { timeoutMs: number },
    nowMs: number,
  ): LiveRequest {
    const { connectionId, node } = origin;
    const siblings = this.#byOrigin.get(connectionId) ?? new Map<string, LiveRequest>();
    const most = node === null ? MAX_CLIENT_REQUESTS : MAX_NODE_REQUESTS;
    if (siblings.size >= most) throw new MusterError(3110, `${most} requests of ${node ?? 'one client'}`);
    if (this.#requests.size >= MAX_LIVE_REQUESTS)
      throw new MusterError(3110, `${MAX_LIVE_REQUESTS} requests`);
    const requestId = this.#lastNumber + 1;
    const id = origin.id ?? nameOfClientRequest(requestId);
    if (siblings.has(id)) throw new MusterError(3108, `the request ${id} is under way`);
    const chars = jsonChars(about.request.args) + writtenChars(about.request);
    const ofOrigin = (this.#charsOf.get(connectionId) ?? 0) + chars;
    if (ofOrigin > MAX_ORIGIN_REQUEST_CHARS || this.#heldChars + chars > MAX_HELD_REQUEST_CHARS) {
      throw new MusterError(3113, `${chars} characters of arguments, beside those of requests under way`);
    }
    this.#heldChars += chars;
    this.#charsOf.set(connectionId, ofOrigin);
    this.#lastNumber = requestId;
    const { timeoutMs, ...asked } = about;
    const deadlineMs = nowMs + timeoutMs;
    const live: LiveRequest = {
      ...asked,
      requestId,
      origin: { connectionId, node, id },
      startedMs: nowMs,
      deadlineMs,
      chars,
      method: null,
      plan: { places: [], failed: [], isSplit: false },
      workDueMs: deadlineMs,
      planned: null,
      answers: [],
      failures: [],
    };
    this.#requests.set(requestId, live);
    siblings.set(id, live);
    this.#byOrigin.set(connectionId, siblings);
    return live;
  }

  /** Throws 3032 for one that has ended. */
  get(requestId: number): LiveRequest {
    const live = this.#requests.get(requestId);
    if (live === undefined) throw new MusterError(3032, `request ${requestId} has ended`);
    return live;
  }

  /** Keeps the answer of a part until the request ends. Throws 3113 if all that are kept are too long together. */
  keepAnswer(live: LiveRequest, index: number, answer: Answer): void {
    // A request that has ended meanwhile has nobody who would free it.
    if (this.#requests.get(live.requestId) !== live) return;
    if (this.#heldAnswerChars + answer.length > MAX_HELD_ANSWER_CHARS) {
      throw new MusterError(3113, `an answer of ${answer.length} characters, beside those that wait`);
    }
    this.#heldAnswerChars += answer.length;
    live.answers[index] = answer;
  }

  find(requestId: number): LiveRequest | undefined {
    return this.#requests.get(requestId);
  }

  byOrigin(connectionId: number, id: string): LiveRequest | undefined {
    return this.#byOrigin.get(connectionId)?.get(id);
  }

  allOf(connectionId: number): LiveRequest[] {
    return [...(this.#byOrigin.get(connectionId)?.values() ?? [])];
  }

  all(): LiveRequest[] {
    return [...this.#requests.values()];
  }

  /** Its answer is told: whoever asked may use its name again before it has ended here. */
  freeName(live: LiveRequest): void {
    const { connectionId, id } = live.origin;
    const siblings = this.#byOrigin.get(connectionId);
    if (siblings?.get(id) !== live) return;
    siblings.delete(id);
    this.#heldChars -= live.chars;
    this.#charsOf.set(connectionId, (this.#charsOf.get(connectionId) ?? 0) - live.chars);
    if (siblings.size > 0) return;
    this.#byOrigin.delete(connectionId);
    this.#charsOf.delete(connectionId);
  }

  remove(requestId: number): void {
    const live = this.#requests.get(requestId);
    if (live === undefined) return;
    this.#requests.delete(requestId);
    for (const answer of live.answers) this.#heldAnswerChars -= answer?.length ?? 0;
    this.freeName(live);
  }
}

/**
 * What a request is called at the node that it is passed on to: a worker passes on what its clients ask, once; a master
 * may pass parts of it on to several nodes, so each has a number. Specification: Distributed API requests, 2 and 5.
 */
export const nameAtNextNode = (
  { origin, requestId }: LiveRequest,
  role: 'master' | 'worker',
  number: number,
): string =>
  role === 'worker' && origin.node === null ? nameOfClientRequest(requestId) : nameOfRequest(number);

/** Whether a request goes to who answers it as it came, and its answer back as that comes. */
export const isCarried = ({ plan }: LiveRequest): boolean => plan.places[0]?.text !== undefined;
