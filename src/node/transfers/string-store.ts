import { MusterError } from '../../protocol/errors.ts';
import type { TransferLimits } from './limits.ts';

interface Held {
  readonly sizeBytes: number;
  /** Null while the string is reserved or arriving. */
  bytes: Uint8Array | null;
}

/** Strings that peers sent, or announced: bounded for each connection, taken once, freed with the connection. */
export class StringStore {
  readonly #limits: Pick<TransferLimits, 'heldStrings' | 'heldStringBytes'>;
  readonly #connections = new Map<number, Map<number, Held>>();

  constructor(limits: Pick<TransferLimits, 'heldStrings' | 'heldStringBytes'>) {
    this.#limits = limits;
  }

  /** Memory that the strings of one connection take or have reserved. */
  heldBytes(connectionId: number): number {
    let sum = 0;
    for (const { sizeBytes } of this.#connections.get(connectionId)?.values() ?? []) sum += sizeBytes;
    return sum;
  }

  /** Makes room, before any memory is taken. Throws 3113 above the bytes, 3110 above the number that one connection may hold. */
  reserve(connectionId: number, handle: number, sizeBytes: number): void {
    const { heldStrings, heldStringBytes } = this.#limits;
    const held = this.#connections.get(connectionId) ?? new Map<number, Held>();
    if (held.size >= heldStrings) throw new MusterError(3110, `${held.size} strings wait to be used`);
    if (this.heldBytes(connectionId) + sizeBytes > heldStringBytes) {
      throw new MusterError(
        3113,
        `a string of ${sizeBytes} bytes; ${heldStringBytes} for all of a connection`,
      );
    }
    if (held.has(handle)) throw new MusterError(3110, `the handle ${handle} is in use`);
    held.set(handle, { sizeBytes, bytes: null });
    this.#connections.set(connectionId, held);
  }

  /** The reserved string has arrived and is what its digest says. */
  complete(connectionId: number, handle: number, bytes: Uint8Array): void {
    const held = this.#connections.get(connectionId)?.get(handle);
    if (held === undefined) throw new MusterError(3035, `handle ${handle}`);
    held.bytes = bytes;
  }

  /** A complete string, once. Throws 3035 if there is none under this handle, or it is still arriving. */
  take(connectionId: number, handle: number): Uint8Array {
    const held = this.#connections.get(connectionId)?.get(handle);
    if (held === undefined) throw new MusterError(3035, `handle ${handle}`);
    if (held.bytes === null) throw new MusterError(3035, `handle ${handle} has not arrived in full`);
    this.release(connectionId, handle);
    return held.bytes;
  }

  /**
   * Frees a complete string that nobody is going to use. One that is still arriving stays: its memory is taken, and has
   * to be counted.
   */
  discard(connectionId: number, handle: number): void {
    const held = this.#connections.get(connectionId)?.get(handle);
    if (held !== undefined && held.bytes !== null) this.release(connectionId, handle);
  }

  /** Frees one string, whatever its state. */
  release(connectionId: number, handle: number): void {
    const held = this.#connections.get(connectionId);
    held?.delete(handle);
    if (held?.size === 0) this.#connections.delete(connectionId);
  }

  /** Frees all strings of a connection that has ended. */
  releaseConnection(connectionId: number): void {
    this.#connections.delete(connectionId);
  }
}
