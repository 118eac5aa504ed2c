import { MusterError } from '../../protocol/errors.ts';
import { internalError, refusal, warned } from '../authd-answers.ts';
import { isTextCommand, textAnswer } from '../authd-text.ts';
import { MAX_BATCH_ORDERS, MAX_WAITING_MESSAGES } from '../limits.ts';
import type { Registration } from '../registration.ts';
import type { AgentFacts, Change, JudgedOrder, Order } from './orders.ts';
import { parseOrder } from './parse-order.ts';
import { RegistryThread } from './registry-thread.ts';

/** What an embedded authd needs of the agent store. */
export interface AgentRows {
  /** Null for an agent that the store does not know. */
  facts(id: number): Promise<AgentFacts | null>;
  /**
   * Follows what was changed in the registry, in this order. Resolves to the agents, by id, for which it could not, and 3216
   * with the reason; they are registered or removed all the same.
   */
  follow(changes: readonly Change[]): Promise<ReadonlyMap<number, MusterError>>;
}

/** What nobody who asks is told, or not alone. */
export interface RegistrationLog {
  info(words: string): void;
  warning(words: string, fields: { error: unknown }): void;
  error(words: string, fields: { error: unknown }): void;
}

export interface EmbeddedRegistrationOptions {
  readonly home: string;
  readonly rows: AgentRows;
  readonly log: RegistrationLog;
}

const NOBODY: ReadonlyMap<number, MusterError> = new Map();

interface Waiting extends JudgedOrder {
  readonly facts: Map<number, AgentFacts | null>;
  readonly signal: AbortSignal;
  answer(text: string): void;
  reject(error: MusterError): void;
}

/**
 * Keeps `etc/client.keys` as authd does. What is asked while a batch is written makes the next one, so that a thousand
 * agents cost a few writes. An agent is answered when its line is on the disk and the store has followed, or could not.
 */
export class EmbeddedRegistration implements Registration {
  readonly #options: EmbeddedRegistrationOptions;
  readonly #thread: RegistryThread;
  #waiting: Waiting[] = [];
  /** Messages without an answer. */
  #open = 0;
  #work: Promise<void> | null = null;
  #isClosed = false;
  /** Why the last batch was not carried out; null if it was. */
  #failure: string | null = null;

  constructor(options: EmbeddedRegistrationOptions) {
    this.#options = options;
    this.#thread = new RegistryThread(options.home);
  }

  async request(message: string, signal: AbortSignal): Promise<string> {
    if (this.#isClosed) throw new MusterError(3125);
    if (signal.aborted) throw new MusterError(3120);
    if (isTextCommand(message)) return textAnswer(message);
    const order = parseOrder(message);
    if (typeof order === 'number') return refusal(order);
    if (this.#open >= MAX_WAITING_MESSAGES) throw new MusterError(3110, 'registration');
    this.#open += 1;
    try {
      return await this.#carriedOut(order, signal);
    } finally {
      this.#open -= 1;
    }
  }

  /** The batch that is being written is written and answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    await this.#thread.close();
  }

  #carriedOut(order: Order, signal: AbortSignal): Promise<string> {
    return new Promise((answer, reject) =>
      this.#enqueue({ order, facts: new Map(), signal, answer, reject }),
    );
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#work ??= this.#workOff();
  }

  async #workOff(): Promise<void> {
    await Promise.resolve(); // whoever asks at this moment is in the first batch
    while (this.#waiting.length > 0) {
      const batch: Waiting[] = [];
      for (const waiting of this.#waiting.splice(0, MAX_BATCH_ORDERS)) {
        if (this.#isClosed) waiting.reject(new MusterError(3125));
        else if (waiting.signal.aborted) waiting.reject(new MusterError(3120));
        else batch.push(waiting);
      }
      if (batch.length > 0) await this.#carryOut(batch);
    }
    this.#work = null;
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    try {
      const orders = batch.map(({ order, facts }) => ({ order, facts }));
      const { outcomes, unnoted } = await this.#thread.carryOut(orders);
      this.#logRecovery();
      if (unnoted !== null) {
        const error = MusterError.fromWire(unnoted);
        this.#options.log.warning('It could not be noted when agents were registered', { error });
      }
      const behind = await this.#follow(
        outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : [])),
      );
      for (const [index, waiting] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) throw new Error('an order has no outcome');
        if ('answer' in outcome) waiting.answer(answerOf(outcome, behind));
        else void this.#judge(waiting, outcome.unjudged);
      }
    } catch (error) {
      this.#logFailure(MusterError.from(error));
      for (const { answer } of batch) answer(internalError(error));
    }
  }

  /** Each who asks is told; the log is once, until it works again or fails for another cause. */
  #logFailure(error: MusterError): void {
    if (error.message === this.#failure) return;
    this.#failure = error.message;
    this.#options.log.error('Agents cannot be registered or removed', { error });
  }

  #logRecovery(): void {
    if (this.#failure === null) return;
    this.#failure = null;
    this.#options.log.info('Agents can be registered and removed again.');
  }

  async #follow(changes: readonly Change[]): Promise<ReadonlyMap<number, MusterError>> {
    const behind = changes.length === 0 ? NOBODY : await this.#options.rows.follow(changes);
    const [error] = behind.values();
    if (error !== undefined) {
      const count = behind.size === 1 ? '' : `, for ${behind.size} agents, the first one`;
      this.#options.log.warning(`The agent store does not follow the registry${count}`, { error });
    }
    return behind;
  }

  /** Asks the store what it knows of an agent that is in the way, while others are served. */
  async #judge(waiting: Waiting, id: number): Promise<void> {
    try {
      waiting.facts.set(id, await this.#options.rows.facts(id));
    } catch (error) {
      this.#options.log.warning('An agent stays, since the store does not tell of it', { error });
      waiting.facts.set(id, null);
    }
    this.#enqueue(waiting);
  }
}

/** What is carried out is carried out: that the store does not follow stands beside it. */
function answerOf(
  { answer, changes }: { readonly answer: string; readonly changes: readonly Change[] },
  behind: ReadonlyMap<number, MusterError>,
): string {
  const ids = changes.map((change) => (change.kind === 'added' ? change.agent.id : change.id));
  // The last one is the agent that was added, those before it made room.
  const [warning] = ids.reverse().flatMap((id) => behind.get(id) ?? []);
  return warning === undefined ? answer : warned(answer, warning);
}
