import type { Failure } from '../../../machines/failure.ts';
import type { SourceCommand, SourceEvent } from '../../../machines/transfer/source.ts';
import { transferTask } from '../../../machines/transfer/task-name.ts';
import { faultPoint } from '../../fault-point.ts';
import type { BulkCommand } from '../../protocol/dialects/dialect.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Clock } from '../clock.ts';
import { asFailure, wire } from '../effects/failures.ts';
import { streamBulk } from './bulk-stream.ts';
import type { ChunkReader } from './chunk-reader.ts';
import { MAX_UNTOLD_PROGRESS_BYTES } from './limits.ts';
import { Pace } from './pace.ts';
import type { TransferChannel } from './ports.ts';
import type { SendWindow } from './window.ts';

/** What makes the sending of a file differ from that of a string. */
export interface SourceParts {
  channel: TransferChannel;
  command: BulkCommand;
  sizeBytes: number;
  /** Deadline of a small request. */
  timeoutMs: number;
  open(): Promise<ChunkReader>;
  /** Asks the peer for a handle. */
  announce(): Promise<{ handle: number; offset: number }>;
  /** Has the peer confirm the whole; null if the last piece was that already. */
  finish: ((handle: number) => Promise<void>) | null;
  /** What to tell the peer when the announcement stayed unanswered; null if its own deadline has to do. */
  forget: (() => Promise<unknown>) | null;
}

export interface SourceEnvironment {
  window: SendWindow;
  clock: Pick<Clock, 'elapsedMs'>;
  emit(event: SourceEvent): void;
  trouble(what: string, error: MusterError): void;
}

/**
 * By these codes a peer keeps nothing of a transfer: without a connection; one of Wazuh 4.x is told by an end that fits no
 * content, and says so, or that it has no such transfer any more: it was the first to give up.
 */
const KNOWN: ReadonlySet<number> = new Set([3103, 3108, 3112]);
const STOPPED: Failure = { code: 3120, message: 'the sender stopped' };

/**
 * One transfer to a peer, from the announcement to the end. It knows what the peer knows: whatever way it ends, the
 * reader is closed, and a peer that still holds something for it is told to let go.
 */
export class Source {
  readonly #parts: SourceParts;
  readonly #environment: SourceEnvironment;
  readonly #abort = new AbortController();
  readonly #announced: Promise<void>;
  #reader: ChunkReader | null = null;
  #handle: number | null = null;
  #offset = 0;
  #unanswered = false;
  #confirmed = false;
  #withdrawal: Promise<void> | null = null;

  constructor(parts: SourceParts, environment: SourceEnvironment) {
    this.#parts = parts;
    this.#environment = environment;
    this.#announced = this.#announce().catch((error) => this.#break(error));
  }

  command(command: SourceCommand): void {
    switch (command.type) {
      case 'source.stream':
        this.#stream().catch((error) => this.#break(error));
        break;
      case 'source.finish':
        this.#finish().catch((error) => this.#break(error));
        break;
      case 'source.withdraw':
        this.#withdraw(command.failure).then(() => this.#environment.emit({ type: 'source.withdrawn' }));
        break;
    }
  }

  dispose(): void {
    void this.#withdraw(STOPPED);
  }

  async #announce(): Promise<void> {
    const reader = await this.#parts.open();
    if (this.#abort.signal.aborted) return reader.close();
    this.#reader = reader;
    faultPoint('send.opened');
    // Not aborted with the rest: the handle in a late answer has to be given back.
    const { handle, offset } = await this.#parts.announce().catch((error) => {
      this.#unanswered = MusterError.from(error).code === 3020;
      throw error;
    });
    this.#handle = handle;
    this.#offset = offset;
    if (offset > this.#parts.sizeBytes) {
      throw new MusterError(3108, `the peer wants to resume at ${offset} of ${this.#parts.sizeBytes} bytes`);
    }
    faultPoint('send.accepted');
    this.#emit({ type: 'source.accepted', handle, offset });
  }

  async #stream(): Promise<void> {
    const { channel, command, sizeBytes, finish } = this.#parts;
    if (this.#handle === null || this.#reader === null)
      throw new MusterError(1000, 'streaming before accepted');
    const pace = new Pace(this.#environment.clock);
    let bytesSent = 0;
    let toldBytes = 0;
    await streamBulk({
      channel,
      command,
      handle: this.#handle,
      reader: this.#reader,
      offset: this.#offset,
      sizeBytes,
      window: this.#environment.window,
      signal: this.#abort.signal,
      onConfirmed: (bytes) => {
        faultPoint('send.piece');
        bytesSent += bytes;
        // A line that was fast and then stands still has no later report that would tell what it carried.
        if (!pace.isDue() && bytesSent - toldBytes < MAX_UNTOLD_PROGRESS_BYTES) return;
        toldBytes = bytesSent;
        this.#emit({ type: 'source.progress', bytesSent });
      },
    });
    faultPoint('send.streamed');
    this.#confirmed = finish === null;
    this.#emit({ type: 'source.streamed', bytesSent });
  }

  async #finish(): Promise<void> {
    if (this.#handle === null) throw new MusterError(1000, 'finishing before accepted');
    await this.#parts.finish?.(this.#handle);
    this.#confirmed = true;
    faultPoint('send.verified');
    this.#emit({ type: 'source.verified' });
  }

  #emit(event: SourceEvent): void {
    if (!this.#abort.signal.aborted) this.#environment.emit(event);
  }

  #break(error: unknown): void {
    this.#emit({ type: 'source.broken', failure: asFailure(error) });
  }

  /** Once: the first reason is the one that is told. Never rejects. */
  #withdraw(failure: Failure): Promise<void> {
    this.#withdrawal ??= this.#letGo(failure);
    return this.#withdrawal;
  }

  async #letGo(failure: Failure): Promise<void> {
    this.#abort.abort();
    await this.#attempt('a file could not be closed', async () => this.#reader?.close());
    await this.#announced;
    await this.#attempt('the peer could not be told that a transfer ended', () => this.#tellPeer(failure));
  }

  async #tellPeer(failure: Failure): Promise<void> {
    if (this.#handle === null) {
      if (this.#unanswered) await this.#parts.forget?.();
    } else if (!this.#confirmed) {
      const task = transferTask(this.#handle);
      const { channel, timeoutMs } = this.#parts;
      await channel.request('cancel_task', { task, error: wire(failure) }, { timeoutMs });
    }
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const trouble = MusterError.from(error);
      if (!KNOWN.has(trouble.code)) this.#environment.trouble(what, trouble);
    }
  }
}
