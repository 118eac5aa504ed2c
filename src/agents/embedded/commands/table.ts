import type { Commands } from '../command.ts';
import { agentGroupsCommands } from './agent-groups.ts';
import { agentInfoCommands } from './agent-info.ts';
import { agentListCommands } from './agent-lists.ts';
import { agentCommands } from './agents.ts';
import { careCommands } from './care.ts';
import { groupCommands } from './groups.ts';

/** Every command of the actor `global` that the embedded store has. */
export const globalCommands: Commands = Object.freeze({
  __proto__: null,
  ...agentInfoCommands,
  ...agentGroupsCommands,
  ...agentCommands,
  ...agentListCommands,
  ...groupCommands,
  ...careCommands,
}) as unknown as Commands;
