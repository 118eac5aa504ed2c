import type { Receiver } from '../../../commands.ts';
import type { Codec } from '../codec.ts';

/** The command of a reply that tells of no failure. The originals write two of them with a space that belongs to nothing. */
export type Success = 'ok' | 'ok ' | 'ok-m ' | 'ok-c';

/** One row of the table of commands: how it is written in this dialect. */
export interface Wazuh4Row<Args = unknown, Reply = unknown> {
  readonly receivers: readonly Receiver[];
  readonly args: Codec<Args>;
  readonly reply: Codec<Reply>;
  readonly success: Success;
}

export function row<Args, Reply>(
  receivers: readonly Receiver[],
  args: Codec<Args>,
  reply: Codec<Reply>,
  success: Success = 'ok',
): Wazuh4Row<Args, Reply> {
  return { receivers, args, reply, success };
}
