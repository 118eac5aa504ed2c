import type { KeyedTurns } from '../../keyed-turns.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ANSWER_BYTES } from '../../protocol/limits.ts';
import type { Channel } from '../channel.ts';
import type { Transfers } from '../transfers/index.ts';
import type { Answer } from './answer.ts';

interface Awaited {
  readonly connectionId: number;
  answered(answer: Answer): void;
  failed(error: MusterError): void;
}

/** What a node has passed on and waits for. Each ends once: by its answer, its failure, its caller, or the connection. */
export class Forwards {
  readonly #awaited = new Map<string, Awaited>();
  readonly #strings: Transfers['strings'];
  readonly #unconfirmed: KeyedTurns<number>;

  constructor(strings: Transfers['strings'], unconfirmed: KeyedTurns<number>) {
    this.#strings = strings;
    this.#unconfirmed = unconfirmed;
  }

  get size(): number {
    return this.#awaited.size;
  }

  /**
   * Passes something on by `send`, and waits for what comes back under this name. Whoever gives it up by `signal` has
   * the other node told, by `cancel_task`, if that understands it. Rejects with what the node says, 3103 when it goes, 3120.
   */
  ask(channel: Channel, id: string, signal: AbortSignal, send: () => Promise<unknown>): Promise<Answer> {
    if (signal.aborted) return Promise.reject(new MusterError(3120, id));
    return new Promise((resolve, reject) => {
      let isSent = false;
      const end = () => {
        this.#awaited.delete(id);
        signal.removeEventListener('abort', giveUp);
      };
      const awaited: Awaited = {
        connectionId: channel.id,
        answered: (answer) => {
          end();
          resolve(answer);
        },
        failed: (error) => {
          end();
          reject(error);
        },
      };
      const giveUp = () => {
        awaited.failed(new MusterError(3120, id));
        if (!isSent || !channel.traits.hearsAbandoned) return;
        const error = new MusterError(3120, 'nobody waits for the answer').toWire();
        // It is told and no more: the other node answers to nobody then, or was gone before.
        channel.request('cancel_task', { task: id, error }).catch(() => {});
      };
      this.#awaited.set(id, awaited);
      signal.addEventListener('abort', giveUp);
      const isAwaited = () => this.#awaited.get(id) === awaited;
      const sendOnce = async () => {
        isSent = isAwaited();
        if (isSent) await send();
      };
      this.#unconfirmed.run(channel.id, sendOnce).catch((error) => {
        if (isAwaited()) awaited.failed(MusterError.from(error));
      });
    });
  }

  /** An answer has come. Throws 3108 if there is none, 3032 where nobody waits for it, 3035 for a string that is not there, 3301 for one that is too long. */
  answered(connectionId: number, id: string, handle: number | null, text: string | null): void {
    if (text !== null) {
      this.#find(connectionId, id).answered(text);
      return;
    }
    if (handle === null) throw new MusterError(3108, `${id}: neither a handle nor a text`);
    const bytes = this.#strings.take(connectionId, handle);
    const awaited = this.#find(connectionId, id);
    if (bytes.length > MAX_ANSWER_BYTES) {
      const error = new MusterError(3301, `${bytes.length} bytes`);
      awaited.failed(error);
      throw error;
    }
    awaited.answered(bytes);
  }

  /** It has failed at the other node. Throws 3032. */
  failed(connectionId: number, id: string, error: MusterError): void {
    this.#find(connectionId, id).failed(error);
  }

  /** The connection is gone, and nothing comes over it any more. */
  connectionClosed(connectionId: number, node: string): void {
    for (const awaited of [...this.#awaited.values()]) {
      if (awaited.connectionId !== connectionId) continue;
      awaited.failed(new MusterError(3103, `${node} went away before it answered`));
    }
  }

  #find(connectionId: number, id: string): Awaited {
    const awaited = this.#awaited.get(id);
    // Names are of this node: no other one may answer in its place.
    if (awaited?.connectionId !== connectionId) throw new MusterError(3032, id);
    return awaited;
  }
}
