import type { ArgsOf, CommandName, ReplyOf } from '../../protocol/commands.ts';
import type { wazuh4ClusterCommands } from '../../protocol/dialects/wazuh4/commands/cluster.ts';
import type { Wazuh4Args, Wazuh4Reply } from '../../protocol/dialects/wazuh4/dialect.ts';

type Table = typeof wazuh4ClusterCommands;
/** A command of Wazuh 4.x. */
export type Wazuh4Command = keyof Table;
export type Args4<C extends Wazuh4Command> = Wazuh4Args<Table, C>;
export type Reply4<C extends Wazuh4Command> = Wazuh4Reply<Table, C>;

/** A request of ours in the peer's terms, and its answer in ours. What belongs together is checked where one is made. */
export interface Phrase<C extends CommandName = CommandName> {
  readonly command: Wazuh4Command;
  readonly args: unknown;
  understand(reply: unknown): ReplyOf<C>;
}

/** A request of the peer in our terms, and our answer in its own. */
export interface Heard {
  /** What the peer has said. */
  readonly as: Wazuh4Command;
  /** What that is with us. */
  readonly command: CommandName;
  readonly args: unknown;
  answer(reply: unknown): unknown;
}

/** How each command of ours is said. */
export type Sayings = { readonly [C in CommandName]?: (args: ArgsOf<C>) => Phrase<C> };
/** What each command of the peer means. */
export type Meanings = { readonly [P in Wazuh4Command]?: (args: Args4<P>) => Heard };

/** The first argument is the command of ours that is said so. */
export function phrase<C extends CommandName, P extends Wazuh4Command>(
  _said: C,
  command: P,
  args: Args4<P>,
  understand: (reply: Reply4<P>) => ReplyOf<C>,
): Phrase<C> {
  return { command, args, understand: understand as Phrase<C>['understand'] };
}

export function heard<P extends Wazuh4Command, C extends CommandName>(
  as: P,
  command: C,
  args: object,
  answer: (reply: ReplyOf<C>) => Reply4<P>,
): Heard {
  return { as, command, args, answer: answer as Heard['answer'] };
}
