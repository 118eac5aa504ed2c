import { resolve } from 'node:path';
import type { ArgsOf, CommandName, ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_DEADLINE_MS } from '../protocol/limits.ts';
import { ALL_NODES, type MethodSpec, resultOfAll } from '../requests/method.ts';
import { type MethodArgs, type MethodName, type MethodResult, methods } from '../requests/methods.ts';
import { connectLocal } from './connect.ts';
import {
  ANSWER_GRACE_MS,
  CLIENT_IDLE_MS,
  DEFAULT_COMMAND_TIMEOUT_MS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  KEEPALIVE_INTERVAL_MS,
} from './limits.ts';
import { LocalLink } from './local-link.ts';

export interface MethodRequestOptions {
  /** The nodes that a method about nodes is for; all if left out. */
  readonly nodes?: readonly string[] | null;
  /**
   * Has the master pass the request on to this node, whatever its type, or to all by `fw_all_nodes` (`dapi_fwd`): these answer
   * with items, `{ node, result }` for each node where the method is about none.
   */
  readonly forwardTo?: string;
  /** Who asks; nodes write it into their logs. */
  readonly user?: string | null;
  readonly timeoutMs?: number;
  /** Gives the request up, on all nodes that work on it. */
  readonly signal?: AbortSignal;
}

export interface ClusterClientOptions {
  /** What may be asked, to check answers by; the methods of this version if left out. */
  readonly methods?: Readonly<Record<string, MethodSpec>>;
  /** Time for connecting; a few seconds if left out. */
  readonly connectTimeoutMs?: number;
}

/** A request that waits: first for its name, then for its answer. */
interface Waiting {
  answered(text: string): void;
  failed(error: MusterError): void;
}

/**
 * A client of the cluster, through the local socket of one of its nodes: any number of requests at once over one
 * connection, which is made when it is needed, and again when it was lost. Specification: Local protocol.
 *
 * Everything rejects with MusterError: 3012 no daemon is running, 3021 no answer in time, 3103 the daemon went away, 3120
 * given up by `signal`, 3300 an unknown method, 3302 an answer that the method does not allow, and with whatever error the
 * nodes tell.
 */
export class ClusterClient {
  readonly #home: string;
  readonly #methods: Readonly<Record<string, MethodSpec>>;
  readonly #connectTimeoutMs: number | undefined;
  readonly #waiting = new Map<string, Waiting>();
  #link: Promise<LocalLink> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #inUse = 0;
  #usedAtMs = 0;
  #isClosed = false;

  private constructor(home: string, options: ClusterClientOptions) {
    this.#home = resolve(home);
    this.#methods = options.methods ?? methods;
    this.#connectTimeoutMs = options.connectTimeoutMs;
  }

  /** Connects to the daemon of a home. Rejects with 3012 when none is running, and with 3009. */
  static async connect(home: string, options: ClusterClientOptions = {}): Promise<ClusterClient> {
    const client = new ClusterClient(home, options);
    await client.#connected();
    return client;
  }

  /** Asks the cluster; the answer is what the method promises. */
  request<M extends MethodName>(
    method: M,
    args: MethodArgs<M>,
    options: MethodRequestOptions = {},
  ): Promise<MethodResult<M>> {
    return this.ask(method, args as object, options) as Promise<MethodResult<M>>;
  }

  /** The same with a name that is known only at run time. */
  async ask(method: string, args: object, options: MethodRequestOptions = {}): Promise<unknown> {
    const spec = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (spec === undefined) throw new MusterError(3300, method);
    const { nodes = null, user = null, signal } = options;
    const timeoutMs = Math.min(options.timeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS, MAX_DEADLINE_MS);
    const request: ArgsOf<'dapi'>['request'] = {
      method,
      args: args as ArgsOf<'dapi'>['request']['args'],
      type: spec.type,
      nodes: nodes === null ? null : [...nodes],
      user,
      permissions: {},
      timeoutMs,
    };
    const text = await this.#use<string>(method, signal, timeoutMs + ANSWER_GRACE_MS, (link, waiting) =>
      this.#post(link, request, options.forwardTo ?? null, waiting),
    );
    return parsed(options.forwardTo === ALL_NODES ? resultOfAll(spec) : spec.result, method, text);
  }

  /** A command of the local protocol that is answered by its reply: `get_nodes`, `get_config`, `send_file` and others. */
  command<C extends CommandName>(
    name: C,
    args: ArgsOf<C>,
    options: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<ReplyOf<C>> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    return this.#use<ReplyOf<C>>(name, options.signal, timeoutMs, (link, { answered, failed }) =>
      link.send(name, args, answered, failed),
    );
  }

  /** Ends the connection; what waits fails with 3125. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const link = await this.#link?.catch(() => null);
    link?.destroy(new MusterError(3125, 'the client was closed'));
    this.#stopTimer();
  }

  /** Runs one exchange: it ends once, by its answer, its failure, its deadline, its caller or the end of the connection. */
  async #use<Answer>(
    what: string,
    signal: AbortSignal | undefined,
    timeoutMs: number,
    begin: (
      link: LocalLink,
      waiting: { answered(answer: Answer): void; failed(error: MusterError): void },
    ) => () => void,
  ): Promise<Answer> {
    if (signal?.aborted) throw new MusterError(3120, what);
    const link = await this.#connected();
    if (signal?.aborted) throw new MusterError(3120, what);
    this.#inUse += 1;
    try {
      return await new Promise<Answer>((answered, failed) => {
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abandon);
        };
        const giveUp = (error: MusterError) => {
          end();
          withdraw();
          failed(error);
        };
        const words = `${what}: nothing in ${timeoutMs / 1000} s; this daemon, or the one that it asks, is stopped or busy: see their logs`;
        const late = () => giveUp(new MusterError(3021, words));
        const abandon = () => giveUp(new MusterError(3120, what));
        const timer = setTimeout(late, timeoutMs);
        signal?.addEventListener('abort', abandon);
        const withdraw = begin(link, {
          answered: (answer) => {
            end();
            answered(answer);
          },
          failed: (error) => {
            end();
            failed(error);
          },
        });
      });
    } finally {
      this.#inUse -= 1;
      this.#usedAtMs = performance.now();
    }
  }

  /** Sends a request of the distributed API; the daemon names it, and answers under that name. */
  #post(
    link: LocalLink,
    request: ArgsOf<'dapi'>['request'],
    forwardTo: string | null,
    waiting: Waiting,
  ): () => void {
    let id: string | null = null;
    let isGivenUp = false;
    const cancel = (task: string) =>
      // Whether it came in time makes no difference to anybody here.
      link.send(
        'cancel_task',
        { task, error: new MusterError(3120).toWire() },
        () => {},
        () => {},
      );
    const named = (reply: { id: string }) => {
      id = reply.id;
      if (isGivenUp) cancel(id);
      else this.#waiting.set(id, waiting);
    };
    const refused = (error: MusterError) => {
      if (!isGivenUp) waiting.failed(error);
    };
    if (forwardTo === null) link.send('dapi', { id: null, sender: null, request }, named, refused);
    else link.send('dapi_fwd', { node: forwardTo, request }, named, refused);
    return () => {
      isGivenUp = true;
      if (id !== null && this.#waiting.delete(id)) cancel(id);
    };
  }

  #connected(): Promise<LocalLink> {
    if (this.#isClosed) return Promise.reject(new MusterError(3125, 'the client was closed'));
    this.#usedAtMs = performance.now();
    if (this.#link !== null) return this.#link;
    const link = connectLocal(this.#home, this.#connectTimeoutMs).then((connection) => {
      this.#startTimer();
      return new LocalLink(connection, {
        answered: (id, text) => this.#settle(id, (waiting) => waiting.answered(text)),
        failed: (id, error) => this.#settle(id, (waiting) => waiting.failed(error)),
        closed: (error) => this.#lost(link, error),
      });
    });
    this.#link = link;
    link.catch(() => this.#forget(link)); // whoever waits for it hears of it
    return link;
  }

  #settle(id: string, end: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    // The daemon hears that nobody waits for it: the request was given up, or was never ours.
    if (waiting === undefined) throw new MusterError(3032, id);
    this.#waiting.delete(id);
    end(waiting);
  }

  #lost(link: Promise<LocalLink>, error: MusterError): void {
    this.#forget(link);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { failed } of waiting) failed(error);
  }

  #forget(link: Promise<LocalLink>): void {
    if (this.#link !== link) return;
    this.#link = null;
    this.#stopTimer();
  }

  /** Tells the daemon that its client lives while it waits, and leaves when it has nothing to do. */
  #startTimer(): void {
    this.#stopTimer();
    this.#timer = setInterval(async () => {
      const link = await this.#link;
      if (this.#inUse > 0)
        link?.send(
          'echo-c',
          { data: 'keepalive' },
          () => {},
          () => {},
        );
      else if (performance.now() - this.#usedAtMs >= CLIENT_IDLE_MS) {
        link?.destroy(new MusterError(3103, 'nothing was asked'));
      }
    }, KEEPALIVE_INTERVAL_MS).unref();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

function parsed(schema: MethodSpec['result'], method: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MusterError(3302, `${method}: no JSON`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0] ?? { path: [], message: 'not as promised' };
  throw new MusterError(3302, `${method}: ${path.map(String).join('.')}: ${message}`);
}
