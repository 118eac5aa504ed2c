import type { CommandName, ReplyOf } from '../protocol/commands.ts';
import type { Dialect } from '../protocol/dialects/dialect.ts';

/** A reply that is to go. */
export interface OutgoingReply {
  /** Its bytes, as an answer to this command. Throws for what cannot be written. */
  encode(command: CommandName): Uint8Array[];
  /** What it says, for those who watch. */
  content(command: CommandName): unknown;
}

export const outgoing = (dialect: Dialect, counter: number, reply: ReplyOf<CommandName>): OutgoingReply => ({
  encode: (command) => dialect.encodeReply(counter, command, reply),
  content: () => reply,
});

/** One that was packed before, because others are sent it too. */
export const outgoingPacked = (dialect: Dialect, counter: number, payload: Uint8Array): OutgoingReply => ({
  encode: () => dialect.encodePacked(counter, payload),
  content: (command) => dialect.decodeReply(command, { counter, command: 'ok', encoding: 1, payload }),
});
