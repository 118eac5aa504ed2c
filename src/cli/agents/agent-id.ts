import { InvalidArgumentError } from 'commander';
import { isAgentId } from '../../registration/key-lines.ts';

export { formatAgentId } from '../../registration/key-lines.ts';

/** `1`, `001`: an agent, and not the manager itself. */
export function agentId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && isAgentId(id)) return id;
  throw new InvalidArgumentError('The id of an agent is needed, such as 001.');
}

/** For an argument that may be given several times. */
export function agentIds(text: string, before: number[] = []): number[] {
  return [...new Set([...before, agentId(text)])];
}

/** For an option that may be given several times. */
export function texts(text: string, before: string[] = []): string[] {
  return [...new Set([...before, text])];
}
