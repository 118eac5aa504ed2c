import { setImmediate } from 'node:timers/promises';
import { MusterError } from '../../protocol/errors.ts';
import type { AgentQuery } from '../agent-query.ts';
import {
  BUSY_TIMEOUT_MS,
  MAX_BATCH_REQUESTS,
  MAX_TASK_AGENTS,
  MAX_TASK_ROWS,
  MAX_WAITING_REQUESTS,
  PLACE_LOOK_MS,
  REQUEST_TIMEOUT_MS,
} from '../limits.ts';
import { storePath } from '../paths.ts';
import { QueryStore } from '../query-store.ts';
import { storePage } from '../remote-groups.ts';
import type {
  AgentGroups,
  AgentGroupsPage,
  AgentGroupsWritten,
  AgentInfoPage,
  AgentInfoRow,
  AgentInfoWritten,
  FoundAgents,
  GroupsChunkWritten,
  GroupsComplaint,
  GroupsOrder,
  ProfilesRead,
  SetAgentGroups,
  StoreAnswer,
  StoreNews,
  WriteInfoOptions,
} from '../store.ts';
import type { MirroredPiece } from '../store-types.ts';
import { checkRequest, parseAnswer } from '../wdb-grammar.ts';
import { StoreThread } from './store-thread.ts';
import type { TaskArgs, TaskName, TaskResult } from './tasks.ts';

export interface EmbeddedOptions {
  readonly home: string;
  /** On a master, groups that change by themselves have to be broadcast. */
  readonly isMaster: boolean;
  /** Whether it is served at `queue/db/wdb` to other programs. */
  readonly isServed: boolean;
  /** How long another process may keep the database locked. */
  readonly busyTimeoutMs?: number;
  /** For each call that its thread has begun, which is over if it does not answer. */
  readonly timeoutMs?: number;
  /** Pause between two looks whether database and socket are still in their places. */
  readonly lookMs?: number;
  /** Nobody wants it any more. */
  readonly signal?: AbortSignal;
}

interface Asked {
  readonly request: string;
  resolve(answer: string): void;
  reject(error: unknown): void;
}

/** The agent store in SQLite, on a thread of its own. Requests of one moment travel there together. */
export class EmbeddedStore extends QueryStore {
  readonly kind = 'embedded';
  readonly #thread: StoreThread;
  #asked: Asked[] = [];
  #underWay = 0;

  private constructor(thread: StoreThread) {
    super();
    this.#thread = thread;
  }

  /** Rejects with 3202 to 3206 for the database, 3101 for the socket, 3200 if it takes too long, 3125 by the signal. */
  static async open(options: EmbeddedOptions): Promise<EmbeddedStore> {
    const place = {
      home: options.home,
      file: storePath(options.home, 'database'),
      isMaster: options.isMaster,
      socket: options.isServed ? storePath(options.home, 'socket') : null,
      busyTimeoutMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
      lookMs: options.lookMs ?? PLACE_LOOK_MS,
    };
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    return new EmbeddedStore(await StoreThread.start(place, timeoutMs, options.signal));
  }

  async query(request: string): Promise<StoreAnswer> {
    checkRequest(request);
    const answer = await this.#answerTo(request);
    return parseAnswer(answer, Buffer.byteLength(answer));
  }

  #answerTo(request: string): Promise<string> {
    if (this.#underWay >= MAX_WAITING_REQUESTS) return Promise.reject(new MusterError(3110, 'agent store'));
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ request, resolve, reject }) === 1) queueMicrotask(() => this.#sendAll());
    });
  }

  get died(): Promise<MusterError> {
    return this.#thread.died;
  }

  get storeId(): string | null {
    return this.#thread.storeId;
  }

  onGroupsChanged(listener: () => void): void {
    this.#thread.onGroups = listener;
  }

  onNews(listener: (news: StoreNews) => void): void {
    this.#thread.onCrowd = () => listener({ kind: 'crowded' });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  tellAgainTo(storeId: string): Promise<number> {
    return this.#task('tellAgain', storeId);
  }

  override unsyncedAgentInfo(afterId: number, profiles: ProfilesRead = 'none'): Promise<AgentInfoPage> {
    return this.#task('unsyncedInfo', { afterId, profiles });
  }

  /** So many at a time that they cross to the thread in a moment. */
  override async confirmAgentInfo(
    rows: readonly AgentInfoRow[],
    wanted: readonly number[] | null = [],
  ): Promise<number> {
    let marked = 0;
    for (let at = 0; at < rows.length; at += MAX_TASK_ROWS) {
      marked += await this.#task('confirmInfo', { rows: rows.slice(at, at + MAX_TASK_ROWS), wanted });
    }
    return marked;
  }

  override async writeAgentInfo(
    chunk: string,
    { clockBehindS = 0, signal }: WriteInfoOptions = {},
  ): Promise<AgentInfoWritten> {
    if (signal?.aborted) throw new MusterError(3120);
    return await this.#task('writeInfo', { chunk, behindS: clockBehindS });
  }

  /** It leaves out nobody who was added in the future. */
  override groupsToSend(order: GroupsOrder): Promise<AgentGroupsPage> {
    return storePage((request) => this.query(request), order);
  }

  /** As many agents as one transaction takes, so that others are served between. */
  override async setAgentGroups({ agents, ...order }: SetAgentGroups): Promise<AgentGroupsWritten> {
    const errors: GroupsComplaint[] = [];
    let updated = 0;
    for (let at = 0; at < agents.length; at += MAX_TASK_AGENTS) {
      const part = JSON.stringify(agents.slice(at, at + MAX_TASK_AGENTS));
      const wrong = await this.#task('setGroups', { ...order, agents: part });
      errors.push(...wrong);
      if (wrong.length === 0) updated += 1;
    }
    return { updated, errors };
  }

  override writeAgentGroups(chunk: string): Promise<GroupsChunkWritten> {
    return this.#task('writeGroups', chunk);
  }

  override async confirmAgentGroups(agents: readonly AgentGroups[]): Promise<number> {
    let marked = 0;
    for (let at = 0; at < agents.length; at += MAX_TASK_AGENTS) {
      marked += await this.#task('confirmGroups', JSON.stringify(agents.slice(at, at + MAX_TASK_AGENTS)));
    }
    return marked;
  }

  override async findAgents(query: AgentQuery): Promise<FoundAgents> {
    const { pieces, total } = await this.#task('findAgents', query);
    const rows: FoundAgents['rows'][number][] = [];
    for (const piece of pieces) {
      // Others are served between: a long list takes a while to read.
      if (rows.length > 0) await setImmediate();
      for (const row of JSON.parse(piece)) rows.push(row);
    }
    return { rows, total };
  }

  /**
   * Brings the tables nearer to what the files of the home say: agents to `etc/client.keys`, groups to the directories of
   * `etc/shared`. A piece of the work, so that others are served between; to be called until `isLast`, and again when the
   * files may have changed: where they have not, it looks at them and does nothing. Rejects with 3113, 3119, 3202 to 3206;
   * what was done before stays, and the next call begins anew.
   */
  mirrorRegistry(): Promise<MirroredPiece> {
    return this.#thread.call({ mirror: true });
  }

  #task<Name extends TaskName>(task: Name, args: TaskArgs<Name>): Promise<TaskResult<Name>> {
    return this.#thread.call({ task, args });
  }

  /** In parts, between which the thread serves others too. */
  #sendAll(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (let at = 0; at < asked.length; at += MAX_BATCH_REQUESTS) {
      void this.#send(asked.slice(at, at + MAX_BATCH_REQUESTS));
    }
  }

  async #send(asked: readonly Asked[]): Promise<void> {
    try {
      const requests = asked.map(({ request }) => request);
      const answers = await this.#thread.call<readonly string[]>({ requests });
      for (const [index, { resolve }] of asked.entries()) resolve(answers[index] ?? '');
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      this.#underWay -= asked.length;
    }
  }
}
