import { localRequest } from '../../local/client.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_NODES } from '../../protocol/limits.ts';
import { allPages } from '../all-pages.ts';
import { withCluster } from '../ask-cluster.ts';
import { ExitCode, UsageError } from '../exit-code.ts';
import { print } from '../output.ts';
import { type ControlArguments, parseArguments } from './arguments.ts';
import { controlTable, healthDetails, healthSummary } from './layout.ts';

/** Where an installation is, unless it is told. */
const DEFAULT_HOME = '/var/ossec';
const UNKNOWN = 'unknown';
/** The daemon is not there, or not for this. */
const NOT_RUNNING = [3012, 3009];

const USAGE = `
cluster_control [-h] [-d] [--home DIR] [-l | -a | -i [more] | -u] [-fn NODE ...] [-fs STATUS ...]

  -l, --list-nodes               the nodes of the cluster
  -a, --list-agents              the agents of the cluster
  -i, --health [more]            the last syncs of each node; with more, everything that is known of them
  -fn, --filter-node             only these nodes, or agents that report to them
  -fs, --filter-agent-status     only agents with these statuses; with -a
  -d, --debug                    tell where an error comes from
  -u, --usage                    this
  --home DIR                     the home of the node (MUSTER_HOME, or ${DEFAULT_HOME})
`;

/** cluster_control, as scripts know it. Returns the exit code; the original's: an error that a node tells is 0. */
export async function runControl(args: readonly string[]): Promise<number> {
  let wanted: ControlArguments;
  try {
    wanted = parseArguments(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`ERROR: Wrong arguments. ${error.message}\n`);
    print(USAGE);
    return ExitCode.failed;
  }
  if (wanted.action === 'usage' || wanted.action === 'help') {
    print(USAGE);
    return ExitCode.ok;
  }
  const home = wanted.home ?? process.env.MUSTER_HOME ?? DEFAULT_HOME;
  try {
    await show(home, wanted);
    return ExitCode.ok;
  } catch (error) {
    const failure = MusterError.from(error);
    const isDown = NOT_RUNNING.includes(failure.code);
    process.stderr.write(`ERROR: ${isDown ? 'Cluster is not running.' : failure.toLog()}\n`);
    if (wanted.isDebug) process.stderr.write(`${failure.stack}\n`);
    return isDown ? ExitCode.failed : ExitCode.ok;
  }
}

async function show(home: string, { action, isDetailed, nodes, statuses }: ControlArguments): Promise<void> {
  if (action === 'nodes') print(await nodesTable(home, nodes));
  else if (action === 'agents') print(await agentsTable(home, nodes, statuses));
  else print(await healthText(home, nodes, isDetailed));
}

const filterOf = (nodes: readonly string[] | null) => (nodes === null ? {} : { filter_node: [...nodes] });

async function nodesTable(home: string, nodes: readonly string[] | null): Promise<string> {
  const { items } = await localRequest(home, 'get_nodes', { ...filterOf(nodes), limit: MAX_NODES });
  const rows = items.map(({ name, type, version, ip }) =>
    [name, type, version, ip].map((text) => text ?? UNKNOWN),
  );
  return controlTable(['Name', 'Type', 'Version', 'Address'], rows);
}

async function agentsTable(
  home: string,
  nodes: readonly string[] | null,
  statuses: readonly string[] | null,
): Promise<string> {
  const terms = (field: string, values: readonly string[] | null) =>
    values === null || values.length === 0
      ? []
      : [`(${values.map((value) => `${field}=${value}`).join(',')})`];
  const parts = [...terms('node_name', nodes), ...terms('status', statuses)];
  const agents = await withCluster(home, (client) =>
    allPages((page) =>
      client.request('agents.list', {
        ...page,
        ...(parts.length > 0 && { q: parts.join(';') }),
        select: ['id', 'name', 'ip', 'status', 'version', 'node_name'],
      }),
    ),
  );
  const rows = agents.map(({ id, name, ip, status, version, node_name }) =>
    [id, name, ip, status, version, node_name].map((text) => text ?? UNKNOWN),
  );
  return controlTable(['ID', 'Name', 'IP', 'Status', 'Version', 'Node name'], rows);
}

async function healthText(
  home: string,
  nodes: readonly string[] | null,
  isDetailed: boolean,
): Promise<string> {
  const { name } = await localRequest(home, 'get_config', {});
  const health = await localRequest(home, 'get_health', { nodes: nodes && [...nodes] });
  return isDetailed ? healthDetails(name, health) : healthSummary(name, health);
}
