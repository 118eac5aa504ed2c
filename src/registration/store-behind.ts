import { MusterError } from '../protocol/errors.ts';
import { formatAgentId } from './key-lines.ts';

/** An agent that was registered, and its groups. */
interface NewAgent {
  readonly id: number;
  readonly groups: readonly string[];
}

/** 3216: an agent has its key, and no row in the agent store. */
export function notYetInStore(agent: NewAgent, cause: unknown): MusterError {
  const groups = agent.groups.length === 0 ? '' : `. Then put it into its groups: ${groupsCommand(agent)}`;
  return behind(
    `agent ${formatAgentId(agent.id)} is registered in etc/client.keys, but not in the store yet`,
    cause,
    `The store takes it over from the file when it answers again${groups}`,
  );
}

/** 3216: an agent is registered and has its row, but is in none of the groups that it was to be in. */
export function withoutGroups(agent: NewAgent, cause: unknown): MusterError {
  return behind(
    `agent ${formatAgentId(agent.id)} is registered, but not in its groups`,
    cause,
    `When the store answers again, put it into them: ${groupsCommand(agent)}`,
  );
}

/** 3216: an agent has no key any more, but a row. */
export function stillInStore(id: number, cause: unknown): MusterError {
  return behind(
    `agent ${formatAgentId(id)} is removed from etc/client.keys, but still in the store`,
    cause,
    'The store follows the file when it answers again',
  );
}

const behind = (what: string, cause: unknown, next: string): MusterError =>
  new MusterError(3216, `${what}: ${MusterError.from(cause).toLog()}. ${next}`, { cause });

const groupsCommand = ({ id, groups }: NewAgent): string =>
  `muster agents group ${formatAgentId(id)} --set ${groups.join(' ')}`;
