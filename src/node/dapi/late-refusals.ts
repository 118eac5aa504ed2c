import type { TaggedLog } from '../../observe/log.ts';
import type { CommandName } from '../../protocol/commands.ts';
import type { MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import { MAX_LATE_REFUSALS } from './limits.ts';
import type { ApiRequest } from './live-requests.ts';
import { tellFailure } from './tell-failure.ts';

interface LateRefusalsOptions {
  readonly nodeName: string;
  readonly timeoutMs: number;
  readonly log: () => TaggedLog;
  /** Puts what is to be said behind what is said to this connection already. */
  readonly inTurn: (connectionId: number, say: () => Promise<void>) => Promise<void>;
}

/** What is refused. */
interface Asked {
  readonly command: CommandName;
  /** What whoever waits calls it; null where the error is to be the answer. */
  readonly id: string | null;
  /** Of `dapi`, where it was understood. */
  readonly request?: ApiRequest;
}

/**
 * Refusals of what nodes of Wazuh 4.x ask for others. They look at no error in the answer: as among themselves such a
 * request is received first, and its failure told as that of one that was worked on.
 */
export class LateRefusals {
  readonly #options: LateRefusalsOptions;
  /** How many are not told yet, by connection. */
  readonly #untold = new Map<number, number>();

  constructor(options: LateRefusalsOptions) {
    this.#options = options;
  }

  /** Answers the request and tells the failure behind that; false where the error is to be the answer. */
  take(channel: Channel, counter: number, { command, id, request }: Asked, error: MusterError): boolean {
    if (id === null || channel.traits.hearsRefusals) return false;
    if (command !== 'dapi' && command !== 'sendsync') return false;
    const untold = this.#untold.get(channel.id) ?? 0;
    // One that does not take what it is told may go without.
    if (untold >= MAX_LATE_REFUSALS) return false;
    this.#untold.set(channel.id, untold + 1);
    if (command === 'dapi') channel.reply<'dapi'>(counter, { id });
    else channel.reply<'sendsync'>(counter, { answer: null });
    const { inTurn, log } = this.#options;
    channel.noteRefused(command, error);
    inTurn(channel.id, () => this.#tell(channel, { command, id, ...(request && { request }) }, error))
      .catch((trouble) => log().debug(`${command} ${id}: its refusal could not be told`, { error: trouble }))
      .finally(() => this.#told(channel.id));
    return true;
  }

  async #tell(
    channel: Channel,
    { command, id, request }: { command: 'dapi' | 'sendsync'; id: string; request?: ApiRequest },
    error: MusterError,
  ): Promise<void> {
    const { timeoutMs, nodeName: node } = this.#options;
    if (command === 'dapi')
      await tellFailure(channel, { id, request: request ?? null, node }, error, { timeoutMs });
    else await channel.request('sendsyn_err', { id, error: error.toWire() }, { timeoutMs });
  }

  #told(connectionId: number): void {
    const left = (this.#untold.get(connectionId) ?? 1) - 1;
    if (left > 0) this.#untold.set(connectionId, left);
    else this.#untold.delete(connectionId);
  }
}
