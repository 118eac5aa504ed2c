import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { NODE_NAME } from '../../protocol/commands.ts';
import type { wazuh4ClusterCommands } from '../../protocol/dialects/wazuh4/commands/cluster.ts';
import type { Wazuh4Args, Wazuh4Reply } from '../../protocol/dialects/wazuh4/dialect.ts';
import { MusterError } from '../../protocol/errors.ts';

type Table = typeof wazuh4ClusterCommands;
type Args4<C extends keyof Table> = Wazuh4Args<Table, C>;
type Reply4<C extends keyof Table> = Wazuh4Reply<Table, C>;
type Query4 = Args4<'get_nodes'>;
type Health4 = Reply4<'get_health'>;
type Health = ReplyOf<'get_health'>;

const FIELDS = ['name', 'type', 'version', 'ip'] as const;
type Field = (typeof FIELDS)[number];
const TYPES = ['all', 'master', 'worker'] as const;
const LARGEST_PAGE = 100_000;
/** What stands for a date of something that has not happened. */
const NEVER = 'n/a';

/** What a peer asks of the nodes, in our terms. Each value out of range has the code that it has there. */
export function queryOf(query: Query4): ArgsOf<'get_nodes'> {
  const { filter_node, filter_type, offset, limit, sort, search, select, distinct } = query;
  const given = {
    filter_node: filter_node ?? undefined,
    filter_type:
      filter_type === undefined || filter_type === null ? undefined : oneOf(TYPES, filter_type, 1728),
    offset: offset ?? undefined,
    limit: limit === null ? LARGEST_PAGE : limit,
    sort: sort === undefined || sort === null ? undefined : sortOf(sort),
    search: search ?? undefined,
    select: select?.map((field) => oneOf(FIELDS, field, 1724)),
    distinct: distinct ?? undefined,
  };
  checkPage(given.offset, given.limit);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function checkPage(offset: number | undefined, limit: number | undefined): void {
  if (offset !== undefined && (offset < 0 || !Number.isInteger(offset))) throw new MusterError(1400);
  if (limit === undefined) return;
  if (limit === 0) throw new MusterError(1406);
  if (limit > LARGEST_PAGE) throw new MusterError(1405, String(limit));
  if (limit < 1 || !Number.isInteger(limit)) throw new MusterError(1401);
}

function sortOf({ fields, order }: NonNullable<Query4['sort']>): NonNullable<ArgsOf<'get_nodes'>['sort']> {
  return {
    fields: fields.map((field) => oneOf(FIELDS, field, 1403)),
    order: oneOf(['asc', 'desc'] as const, order, 1402),
  };
}

function oneOf<Word extends string>(words: readonly Word[], word: string, code: number): Word {
  const found = words.find((one) => one === word);
  if (found === undefined) throw new MusterError(code, word);
  return found;
}

/** Nodes as a peer is told of them: all of them have its version, because only those of one version are together. */
export function nodes4(reply: ReplyOf<'get_nodes'>, version: string): Reply4<'get_nodes'> {
  return {
    items: reply.items.map((item) => ({ ...picked(item), ...('version' in item ? { version } : {}) })),
    totalItems: reply.totalItems,
  };
}

const picked = (item: Partial<Record<Field, string>>): Partial<Record<Field, string>> =>
  Object.fromEntries(FIELDS.filter((field) => field in item).map((field) => [field, item[field]]));

/** Nodes as a peer tells of them. */
export function nodesOf({ items, totalItems }: Reply4<'get_nodes'>): ReplyOf<'get_nodes'> {
  return {
    items: items.map(({ type, ...item }) => ({
      ...item,
      ...(type === 'master' || type === 'worker' ? { type } : {}),
    })),
    totalItems,
  };
}

/** Whose health a peer asks for: an empty object is every worker, a text each node whose name is a part of it. */
export function healthQueryOf(query: Args4<'get_health'>): ArgsOf<'get_health'> {
  return { nodes: Array.isArray(query) ? query : null };
}

export const queryOfHealth = ({ nodes }: ArgsOf<'get_health'>): Args4<'get_health'> => nodes;

/** As Python says `name in query`, of lists and of texts. */
function wantedBy(query: Args4<'get_health'>): (name: string, type: 'master' | 'worker') => boolean {
  if (query === null) return () => true;
  if (Array.isArray(query) || typeof query === 'string') return (name) => query.includes(name);
  return (_name, type) => type === 'worker';
}

/** What each node did, as a peer is told of it. */
export function health4(reply: Health, query: Args4<'get_health'>, version: string): Health4 {
  const isWanted = wantedBy(query);
  const nodes = Object.entries(reply.nodes).filter(([name, { info }]) => isWanted(name, info.type));
  return {
    n_connected_nodes: nodes.filter(([, { info }]) => info.type === 'worker').length,
    nodes: Object.fromEntries(nodes.map(([name, health]) => [name, nodeHealth4(health, version)])),
  };
}

export const nodeHealth4 = (
  { info, status }: Health['nodes'][string],
  version: string,
): Health4['nodes'][string] => ({
  info: { ...info, version, n_active_agents: info.n_active_agents ?? 0 },
  ...(status === undefined ? {} : { status: status4(status) }),
});

type Status = NonNullable<Health['nodes'][string]['status']>;

function status4(status: Status): NonNullable<Health4['nodes'][string]['status']> {
  const { last_sync_integrity: sync } = status;
  return {
    ...status,
    last_check_integrity: dates4(status.last_check_integrity),
    last_sync_integrity: {
      ...dates4({ date_start_master: sync.date_start_master, date_end_master: sync.date_end_master }),
      total_extra_valid: 0,
      total_files: { ...sync.total_files, extra_valid: 0 },
    },
    last_sync_agentinfo: dates4(status.last_sync_agentinfo),
    last_sync_agentgroup: dates4(status.last_sync_agentgroup),
    last_sync_full_agentgroup: dates4(status.last_sync_full_agentgroup),
    last_keep_alive: date4(status.last_keep_alive),
  };
}

/** Dates have microseconds there. */
const date4 = (date: string) => date.replace(/\.(\d{3})Z$/, '.$1000Z');

const dates4 = <Dates extends Record<string, string | number>>(dates: Dates): Dates =>
  Object.fromEntries(
    Object.entries(dates).map(([key, value]) => [key, typeof value === 'string' ? date4(value) : value]),
  ) as Dates;

/** What each node did, as a peer tells of it. */
export function healthOf({ n_connected_nodes, nodes }: Health4): Health {
  return {
    n_connected_nodes,
    nodes: Object.fromEntries(
      Object.entries(nodes)
        .filter(([name]) => NODE_NAME.test(name))
        .map(([name, { info, status }]) => [
          name,
          {
            info: { ...info, type: info.type === 'master' ? ('master' as const) : ('worker' as const) },
            ...(status === undefined ? {} : { status: statusOf(status) }),
          },
        ]),
    ),
  };
}

function statusOf({
  last_sync_integrity: { date_start_master, date_end_master, total_files },
  ...status
}: NonNullable<Health4['nodes'][string]['status']>): Status {
  const { missing = 0, shared = 0, extra = 0 } = total_files;
  return {
    ...status,
    last_sync_integrity: {
      date_start_master: date_start_master ?? NEVER,
      date_end_master,
      total_files: { missing, shared, extra },
    },
  };
}
