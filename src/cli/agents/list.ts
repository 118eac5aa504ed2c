import { Command, Option } from 'commander';
import type { AgentSummary } from '../../agents/store.ts';
import { homeOption, jsonOption } from '../home-option.ts';
import { duration, printLines, tableLines } from '../output.ts';
import { formatAgentId } from './agent-id.ts';
import type { AgentFilter } from './pages.ts';

interface ListOptions extends AgentFilter {
  home: string;
  json?: true;
}

const HELP = `
KEEPALIVE is the time since the agent was last heard of.

Examples:
  $ muster agents list --home /var/ossec
  $ muster agents list --home /var/ossec --status active --node worker1 --group web
  $ muster agents list --home /var/ossec --json
`;

const STATUSES = ['active', 'disconnected', 'pending', 'never_connected'];
const HEAD = ['ID', 'NAME', 'IP', 'VERSION', 'OS', 'NODE', 'GROUPS', 'STATUS', 'KEEPALIVE'];

/** `muster agents list`: who is registered. */
export function listCommand(): Command {
  return new Command('list')
    .summary('list agents')
    .description('Lists agents.')
    .addOption(new Option('--status <status>', 'only those with this status').choices(STATUSES))
    .option('--node <name>', 'only those that report to this node')
    .option('--group <name>', 'only those in this group')
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ home, json, ...filter }: ListOptions) => {
      const { agentsOf } = await import('./pages.ts');
      const agents = await agentsOf(home, filter);
      await printLines(json ? jsonLines(agents) : tableLines(HEAD, agents.map(rowOf(Date.now() / 1000))));
    });
}

const rowOf =
  (nowS: number) =>
  (agent: AgentSummary): string[] => [
    formatAgentId(agent.id),
    agent.name,
    agent.ip ?? '—',
    agent.version ?? '—',
    agent.osName ?? '—',
    agent.nodeName ?? '—',
    agent.groups.join(',') || '—',
    agent.connectionStatus,
    agent.lastKeepaliveS === null ? '—' : duration(nowS - agent.lastKeepaliveS),
  ];

/** A list of JSON with a line for each agent. */
function* jsonLines(agents: readonly AgentSummary[]): Generator<string> {
  yield '[';
  for (const [index, agent] of agents.entries()) {
    const text = JSON.stringify({ ...agent, id: formatAgentId(agent.id) });
    yield index === agents.length - 1 ? text : `${text},`;
  }
  yield ']';
}
