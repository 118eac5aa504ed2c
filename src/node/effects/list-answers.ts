import type { FileIndex } from '../../files/index.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { ChannelRegistry } from '../channel-registry.ts';

/** Requests for the list of files that wait on one connection while another one of it is answered; more are refused. */
export const MAX_WAITING_LISTS = 4;

interface Made {
  readonly digest: string;
  readonly packed: Promise<Uint8Array>;
}

/**
 * Answers `get_files`: with the set as it is now, because whoever asks wants to compare. The reply is made once for each
 * state of the set, in the thread that keeps it, and the same bytes go to everybody. A connection has one answer made at
 * a time: asking takes a peer so little, and answering takes megabytes.
 */
export class ListAnswers {
  readonly #channels: Pick<ChannelRegistry, 'find'>;
  readonly #index: Pick<FileIndex, 'scan' | 'packedList'>;
  /** Counters of each connection that is being answered; the first one is its turn. */
  readonly #asked = new Map<number, number[]>();
  #made: Made | null = null;

  constructor({
    channels,
    index,
  }: {
    channels: Pick<ChannelRegistry, 'find'>;
    index: Pick<FileIndex, 'scan' | 'packedList'>;
  }) {
    this.#channels = channels;
    this.#index = index;
  }

  answer(connectionId: number, counter: number): void {
    const asked = this.#asked.get(connectionId);
    if (asked === undefined) {
      this.#asked.set(connectionId, [counter]);
      void this.#serve(connectionId, counter);
    } else if (asked.length <= MAX_WAITING_LISTS) asked.push(counter);
    else this.#channels.find(connectionId)?.fail(counter, new MusterError(3110, 'get_files'));
  }

  async #serve(connectionId: number, first: number): Promise<void> {
    let counter: number | undefined = first;
    while (counter !== undefined && this.#channels.find(connectionId) !== undefined) {
      await this.#tell(connectionId, counter);
      const asked = this.#asked.get(connectionId);
      asked?.shift();
      counter = asked?.[0];
    }
    this.#asked.delete(connectionId);
  }

  async #tell(connectionId: number, counter: number): Promise<void> {
    try {
      const { digest } = await this.#index.scan();
      // Nothing is made for a peer that has gone meanwhile.
      if (this.#channels.find(connectionId) === undefined) return;
      const packed = await this.#packed(digest);
      this.#channels.find(connectionId)?.replyPacked(counter, packed);
    } catch (error) {
      this.#channels.find(connectionId)?.fail(counter, MusterError.from(error));
    }
  }

  #packed(digest: string): Promise<Uint8Array> {
    if (this.#made?.digest === digest) return this.#made.packed;
    const list = this.#index.packedList();
    const made: Made = { digest, packed: list.then(({ packed }) => packed) };
    this.#made = made;
    const forget = () => {
      if (this.#made === made) this.#made = null;
    };
    // Another scan may have ended in between: then it is newer than was asked for, and known by the wrong name.
    list.then((found) => found.digest === digest || forget(), forget);
    return made.packed;
  }
}
