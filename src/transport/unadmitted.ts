import type { Socket } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import { sourceOf } from './addresses.ts';
import { MAX_UNADMITTED, MAX_UNADMITTED_PER_SOURCE } from './limits.ts';

/** What a socket holds from the moment it is accepted until its peer is admitted, or it is gone. */
export interface Place {
  /** Time since the socket was accepted, in milliseconds. */
  readonly heldMs: number;
  /** Drops the peer for want of room; whoever takes the socket over puts its own way here. */
  drop: (error: MusterError) => void;
  /** Gives the place back: the peer is admitted. */
  leave(): void;
}

/**
 * The sockets of one listener whose peers have not been admitted: those in their handshake, and those that have not
 * said a `hello` that was accepted. Their number is bounded, in all and for each source.
 *
 * When all places are taken, a source that holds fewer than another one takes the oldest place of that one: whoever
 * wants to shut others out needs as many sources as there are places.
 */
export class Unadmitted {
  readonly #places = new Map<string, Set<Place>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** A place for a socket that was just accepted. Throws 3110 if there is none; the caller drops the socket then. */
  enter(socket: Socket, drop: (error: MusterError) => void): Place {
    const source = sourceOf(socket.remoteAddress ?? '?');
    const own = this.#places.get(source)?.size ?? 0;
    if (own >= MAX_UNADMITTED_PER_SOURCE) throw tooMany(`${source} has ${own}`);
    if (this.#size >= MAX_UNADMITTED) this.#makeRoom(own);
    const acceptedMs = performance.now();
    const place: Place = {
      get heldMs() {
        return performance.now() - acceptedMs;
      },
      drop,
      leave: () => this.#leave(source, place),
    };
    this.#enter(source, place);
    socket.once('close', place.leave);
    return place;
  }

  #enter(source: string, place: Place): void {
    const places = this.#places.get(source);
    if (places === undefined) this.#places.set(source, new Set([place]));
    else places.add(place);
    this.#size += 1;
  }

  #leave(source: string, place: Place): void {
    const places = this.#places.get(source);
    if (!places?.delete(place)) return;
    this.#size -= 1;
    if (places.size === 0) this.#places.delete(source);
  }

  #makeRoom(own: number): void {
    const [source, places] = [...this.#places].reduce((most, next) =>
      next[1].size > most[1].size ? next : most,
    );
    const [oldest] = places;
    if (oldest === undefined || places.size <= own + 1) throw tooMany(`there are ${this.#size} in all`);
    this.#leave(source, oldest);
    oldest.drop(tooMany(`${source} had ${places.size + 1}, and others wait`));
  }
}

const tooMany = (words: string) =>
  new MusterError(3110, `connections that have not been accepted by a hello: ${words}`);
