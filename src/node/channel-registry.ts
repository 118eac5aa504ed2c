import { MusterError } from '../protocol/errors.ts';
import type { Channel } from './channel.ts';

/** The channels of a node by their connections: machines hold the number, effects look the channel up. */
export class ChannelRegistry {
  readonly #channels = new Map<number, Channel>();
  #master: number | null = null;

  /** How many connections are served. */
  get size(): number {
    return this.#channels.size;
  }

  add(channel: Channel): void {
    this.#channels.set(channel.id, channel);
  }

  remove(connectionId: number): void {
    this.#channels.delete(connectionId);
  }

  /** Throws 3103 if the connection is gone. */
  get(connectionId: number): Channel {
    const channel = this.#channels.get(connectionId);
    if (channel === undefined) throw new MusterError(3103);
    return channel;
  }

  /** The channel to the master, on a worker that has one. */
  master(): Channel | undefined {
    return this.#master === null ? undefined : this.#channels.get(this.#master);
  }

  /** Until it is removed, or another one takes its place. */
  setMaster(connectionId: number): void {
    this.#master = connectionId;
  }

  find(connectionId: number): Channel | undefined {
    return this.#channels.get(connectionId);
  }
}
