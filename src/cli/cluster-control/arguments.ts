import { UsageError } from '../exit-code.ts';

/** What cluster_control is asked. */
export interface ControlArguments {
  readonly action: 'nodes' | 'agents' | 'health' | 'usage' | 'help';
  /** Everything that is known of each node. */
  readonly isDetailed: boolean;
  /** Null: all of them. */
  readonly nodes: readonly string[] | null;
  readonly statuses: readonly string[] | null;
  readonly isDebug: boolean;
  readonly home: string | null;
}

type Action = 'nodes' | 'agents' | 'health' | 'usage';

const ACTIONS: Readonly<Record<string, Action>> = {
  '-l': 'nodes',
  '--list-nodes': 'nodes',
  '-a': 'agents',
  '--list-agents': 'agents',
  '-i': 'health',
  '--health': 'health',
  '-u': 'usage',
  '--usage': 'usage',
};

/** The options of the original, which commander cannot read: short ones of two letters, with any number of values. */
export function parseArguments(args: readonly string[]): ControlArguments {
  const left = [...args];
  const found = { action: null as Action | null, isDetailed: false, isDebug: false, isHelp: false };
  let nodes: string[] | null = null;
  let statuses: string[] | null = null;
  let home: string | null = null;
  for (let option = left.shift(); option !== undefined; option = left.shift()) {
    const action = ACTIONS[option];
    if (action !== undefined) {
      if (found.action !== null && found.action !== action)
        throw new UsageError(`${option} excludes the others`);
      found.action = action;
      if (action === 'health') found.isDetailed = takeValues(left, 1)[0] === 'more';
    } else if (option === '-fn' || option === '--filter-node') nodes = takeValues(left);
    else if (option === '-fs' || option === '--filter-agent-status') statuses = takeValues(left);
    else if (option === '-d' || option === '--debug') found.isDebug = true;
    else if (option === '-h' || option === '--help') found.isHelp = true;
    else if (option === '--home') home = takeValues(left, 1)[0] ?? null;
    else throw new UsageError(`${option} is no option`);
  }
  if (statuses !== null && found.action !== 'agents') throw new UsageError('-fs needs -a');
  const action = found.isHelp ? 'help' : (found.action ?? 'help');
  return { action, isDetailed: found.isDetailed, nodes, statuses, isDebug: found.isDebug, home };
}

/** What stands behind an option, up to the next one. */
function takeValues(left: string[], max = Number.POSITIVE_INFINITY): string[] {
  const values: string[] = [];
  while (values.length < max && left[0] !== undefined && !left[0].startsWith('-')) {
    values.push(left.shift() ?? '');
  }
  return values;
}
