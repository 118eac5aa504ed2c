import { Command, Option } from 'commander';
import { UsageError } from '../exit-code.ts';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printable, printJson } from '../output.ts';
import { agentId, formatAgentId, texts } from './agent-id.ts';
import type { GroupsChange, GroupsOfAgent } from './groups.ts';

interface GroupOptions {
  home: string;
  set?: true;
  add?: true;
  remove?: true;
  json?: true;
}

const HELP = `
Without groups it shows those of the agent, the first has priority. With groups and none of the three options, they are
added. An agent that leaves its last group gets into the group default. Groups are the directories of etc/shared.

Examples:
  $ muster agents group 001 --home /var/ossec
  $ muster agents group 001 --home /var/ossec --set default web
  $ muster agents group 001 --home /var/ossec --remove web
`;

/** `muster agents group`: the groups of an agent. */
export function groupCommand(): Command {
  return new Command('group')
    .summary('show or change the groups of an agent')
    .description('Shows the groups of an agent, or changes them, on the master.')
    .argument('<id>', 'the id of the agent', agentId)
    .argument('[groups...]', 'names of groups', texts)
    .addOption(new Option('--set', 'it has these groups, and no others').conflicts(['add', 'remove']))
    .addOption(new Option('--add', 'it has these groups too').conflicts(['set', 'remove']))
    .addOption(new Option('--remove', 'it leaves these groups').conflicts(['set', 'add']))
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (id: number, groups: string[], options: GroupOptions) => {
      const { changeGroups, showGroups } = await import('./groups.ts');
      const change = changeOf(options);
      if (groups.length === 0 && change !== null) throw new UsageError(`--${change} needs a group`);
      const agent =
        groups.length === 0
          ? await showGroups(options.home, id)
          : await changeGroups(options.home, id, change ?? 'add', groups);
      if (options.json) printJson({ ...agent, id: formatAgentId(id) });
      else print(describe(agent));
    });
}

function changeOf({ set, add, remove }: GroupOptions): GroupsChange | null {
  if (set) return 'set';
  if (add) return 'add';
  return remove ? 'remove' : null;
}

function describe({ id, name, groups }: GroupsOfAgent): string {
  const where = groups.length === 0 ? 'no group' : groups.join(', ');
  return printable(`Agent ${formatAgentId(id)}, ${name}, is in ${where}.`);
}
