import type { CommandName } from '../protocol/commands.ts';
import type { Dialect } from '../protocol/dialects/dialect.ts';
import type { MusterError } from '../protocol/errors.ts';
import type { SharedRoom } from '../protocol/shared-room.ts';
import type { Connection } from '../transport/transport.ts';
import type { UnreadRoom } from '../transport/unread-room.ts';
import type { Clock } from './clock.ts';

/** What the owner of a channel gives and hears. */
export interface ChannelOptions {
  readonly id: number;
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly clock: Clock;
  /** True on the side that waits for `hello`: nothing else is taken before `authorize`. */
  readonly awaitsHello: boolean;
  /** What it may hold of messages that are not complete, together with others; without it there is only its own bound. */
  readonly room?: SharedRoom;
  /** What it may leave unread, likewise. */
  readonly unreadRoom?: UnreadRoom;
  /** A request of the peer, decoded and checked; to be answered by `reply` or `fail`. */
  onRequest(counter: number, command: CommandName, args: unknown): void;
  /** The connection is gone; called once. `error` is null after an orderly end. */
  onClose(error: MusterError | null): void;
  /** A request of the peer is answered with an error; `command` is `a message` for what could not be read as one. For the log. */
  onRefused?(command: string, error: MusterError): void;
  /** Every message that passes, for those who watch. */
  onFrame?(frame: PassingFrame): void;
  /** What such a message says, before it is encoded or after it was decoded: arguments, a reply, or an error. Not the bytes of files and strings. */
  onContent?(direction: PassingFrame['direction'], counter: number, content: unknown): void;
  /** Whether anybody wants to know what an answer says: one that was packed before is decoded only for them. Without it, always. */
  isWatched?(): boolean;
}

/** How a request is made. */
export interface RequestOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** One message, as far as it is shown: never its content. */
export interface PassingFrame {
  readonly direction: 'in' | 'out';
  readonly counter: number;
  readonly command: string;
  /** Payload of a message that came; all bytes of one that went. */
  readonly sizeBytes: number;
}

/** Counts of what passed, for metrics. */
export interface ChannelStatistics {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Replies that nobody waited for. */
  strayReplies: number;
  /** Requests of the peer that the channel itself answered with an error. */
  refusedRequests: number;
}

export const noStatistics = (): ChannelStatistics => ({
  messagesIn: 0,
  messagesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  strayReplies: 0,
  refusedRequests: 0,
});
