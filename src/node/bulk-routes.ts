import type { BulkCommand, BulkData, Dialect } from '../protocol/dialects/dialect.ts';
import { MusterError } from '../protocol/errors.ts';
import type { Message } from '../protocol/message.ts';

/** Bulk of the peer that we have taken and not confirmed. A peer that sends more ignores the window, and is dropped. */
export const MAX_UNCONFIRMED_BULK_BYTES = 67_108_864;

/** Takes the bytes of a file or string; the promise's end is the confirmation. `data` is the sink's own until then. */
export type BulkSink = (offset: number, data: Uint8Array) => Promise<void>;

/** Bytes that have come, and who takes them. */
export interface Arrived {
  readonly bulk: BulkData;
  readonly sink: BulkSink;
}

/** Where the bytes of files and strings go: straight to their sinks, past every machine. */
export class BulkRoutes {
  readonly #dialect: Dialect;
  readonly #sinks = new Map<string, BulkSink>();
  #unconfirmedBytes = 0;

  /** `dialect`: what the bytes come in. */
  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Opens the way for a handle. Returns what closes it again. */
  open(command: BulkCommand, handle: number, sink: BulkSink): () => void {
    const key = `${command}/${handle}`;
    this.#sinks.set(key, sink);
    return () => {
      if (this.#sinks.get(key) === sink) this.#sinks.delete(key);
    };
  }

  /** Throws 3027 if nobody takes bytes for this handle, and as `decodeBulk`. */
  find(command: BulkCommand, message: Message): Arrived {
    const bulk = this.#dialect.decodeBulk(message);
    const sink = this.#sinks.get(`${command}/${bulk.handle}`);
    if (sink === undefined) throw new MusterError(3027, `${command} ${bulk.handle}`);
    return { bulk, sink };
  }

  /** Hands bytes to their sink; their message is a view where `owned` is false. Throws 3113 at once if the peer ignores the window; rejects as the sink does. */
  take({ bulk: { offset, data }, sink }: Arrived, owned: boolean): Promise<void> {
    const sizeBytes = data.length;
    if (this.#unconfirmedBytes + sizeBytes > MAX_UNCONFIRMED_BULK_BYTES) {
      throw new MusterError(3113, 'more bulk data than the window allows');
    }
    this.#unconfirmedBytes += sizeBytes;
    const kept = owned || this.#dialect.decrypts ? data : Buffer.from(data);
    // A sink that throws instead of rejecting is answered just the same.
    return new Promise<void>((resolve) => resolve(sink(offset, kept))).finally(() => {
      this.#unconfirmedBytes -= sizeBytes;
      this.#dialect.recycle?.([data]);
    });
  }

  clear(): void {
    this.#sinks.clear();
  }
}
