import type { z } from 'zod';
import { agentCommands } from './commands/agents.ts';
import { commonCommands } from './commands/common.ts';
import { integrityCommands } from './commands/integrity.ts';
import { localCommands } from './commands/local.ts';
import { requestCommands } from './commands/requests.ts';
import type { CommandSpec, Receiver } from './commands/spec.ts';

export { fileMetadata, hex128, NODE_NAME, wireError } from './commands/shapes.ts';
export type { CommandSpec, Receiver, Section } from './commands/spec.ts';

/** The one table of commands: dispatch, documentation and fuzzers read it. Specification: Protocols. */
export const commands = {
  ...commonCommands,
  ...integrityCommands,
  ...agentCommands,
  ...requestCommands,
  ...localCommands,
} satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof commands;
/** The arguments of a command, as its schema yields them. */
export type ArgsOf<C extends CommandName> = z.infer<(typeof commands)[C]['args']>;
/** The reply of a command, as its schema yields it. */
export type ReplyOf<C extends CommandName> = z.infer<(typeof commands)[C]['reply']>;

/** The names, in the order of the table. */
export const commandNames = Object.keys(commands) as CommandName[];

/** True for a name of the table; a peer may send any other. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** The row of a command, typed for code that handles all of them alike. */
export function commandSpec(name: CommandName): CommandSpec {
  return commands[name];
}

/** True if this end of a connection understands the command as a request. */
export function receives(receiver: Receiver, name: CommandName): boolean {
  return commandSpec(name).receivers.includes(receiver);
}
