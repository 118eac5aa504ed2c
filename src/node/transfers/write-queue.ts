import type { FileHandle } from 'node:fs/promises';
import { fileSystemError } from '../../config/system-words.ts';
import { MusterError } from '../../protocol/errors.ts';
import { checkPiece } from './check-piece.ts';

/** Bytes of one connection that have arrived and are not yet written; all its transfers share it. */
export interface PendingBudget {
  readonly maxBytes: number;
  pendingBytes: number;
}

/** What a piece costs beside its bytes: without it, pieces of one byte would take far more than they are charged. */
const PIECE_OVERHEAD_BYTES = 512;

/** Takes room on disk for the next bytes: null if there is some at once, else resolves when there is. */
export type ClaimRoom = (bytes: number) => Promise<void> | null;

interface Piece {
  data: Uint8Array;
  resolve(): void;
  reject(error: MusterError): void;
}

/**
 * Writes pieces in order. What arrives while a write is under way is written with the next one, in one call. After a
 * failed write nothing more is written.
 */
export class WriteQueue {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #sizeBytes: number;
  readonly #budget: PendingBudget;
  readonly #claim: ClaimRoom;
  #writtenBytes: number;
  #acceptedBytes: number;
  #waiting: Piece[] = [];
  #running: Promise<void> | null = null;
  #failure: MusterError | null = null;

  constructor(
    file: FileHandle,
    path: string,
    offset: number,
    sizeBytes: number,
    budget: PendingBudget,
    claim: ClaimRoom = () => null,
  ) {
    this.#file = file;
    this.#path = path;
    this.#sizeBytes = sizeBytes;
    this.#budget = budget;
    this.#claim = claim;
    this.#writtenBytes = offset;
    this.#acceptedBytes = offset;
  }

  /** Bytes of the file that the operating system has. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /**
   * Takes the piece, which is ours from now on, and resolves when the operating system has it. Rejects at once with 3100 or 3113 if the
   * piece does not fit, 3110 if too much waits; with 3113 if there is no room for it, 3119 if it cannot be written.
   */
  write(offset: number, data: Uint8Array): Promise<void> {
    try {
      if (this.#failure !== null) throw this.#failure;
      checkPiece(offset, data.length, this.#acceptedBytes, this.#sizeBytes);
      if (this.#budget.pendingBytes + costOf(data) > this.#budget.maxBytes) {
        throw new MusterError(3110, `${this.#budget.pendingBytes} bytes wait to be written`);
      }
    } catch (error) {
      return Promise.reject(error);
    }
    this.#acceptedBytes += data.length;
    this.#budget.pendingBytes += costOf(data);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ data, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way. Never rejects: every piece has had its own answer. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const pieces = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failure === null) await this.#writeAll(pieces.map(({ data }) => data));
      } catch (error) {
        this.#failure = this.#failureOf(error);
      }
      for (const piece of pieces) {
        this.#budget.pendingBytes -= costOf(piece.data);
        if (this.#failure === null) piece.resolve();
        else piece.reject(this.#failure);
      }
    }
    this.#running = null;
  }

  #failureOf(error: unknown): MusterError {
    return error instanceof MusterError ? error : fileSystemError(this.#path, error);
  }

  async #writeAll(buffers: readonly Uint8Array[]): Promise<void> {
    await this.#claim(buffers.reduce((sum, { length }) => sum + length, 0));
    let left = buffers;
    while (left.length > 0) {
      const { bytesWritten } = await this.#file.writev(left, this.#writtenBytes);
      if (bytesWritten === 0) throw new Error('nothing could be written');
      this.#writtenBytes += bytesWritten;
      left = without(left, bytesWritten);
    }
  }
}

const costOf = (data: Uint8Array) => data.length + PIECE_OVERHEAD_BYTES;

/** What remains of the buffers after so many bytes. */
function without(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = bytes;
  for (const buffer of buffers) {
    if (skip < buffer.length) left.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return left;
}
