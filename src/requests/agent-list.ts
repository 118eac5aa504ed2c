import type { z } from 'zod';
import {
  AGENT_FIELDS,
  type AgentColumn,
  type AgentCondition,
  type AgentQuery,
} from '../agents/agent-query.ts';
import { MusterError } from '../protocol/errors.ts';
import { formatAgentId } from '../registration/key-lines.ts';
import { type agentFilters, type agentItem, connectionStatus, groupConfigStatus } from './agent-shapes.ts';
import { DEFAULT_PAGE_ITEMS } from './limits.ts';
import type { ListArgs } from './list-args.ts';
import {
  checkField,
  parseQuery,
  parseSearch,
  parseSort,
  type QueryExpression,
  queryNumber,
  selectedFields,
} from './list-query.ts';

export type AgentItem = z.infer<typeof agentItem>;
export type AgentFilters = { [Name in keyof typeof agentFilters]?: z.infer<(typeof agentFilters)[Name]> };

/** Fields of agents as the API names them, and the columns that hold them. */
const COLUMNS: Readonly<Record<string, AgentColumn>> = {
  id: 'id',
  name: 'name',
  ip: 'ip',
  registerIP: 'register_ip',
  status: 'connection_status',
  status_code: 'status_code',
  version: 'version',
  group: 'group',
  manager: 'manager_host',
  node_name: 'node_name',
  dateAdd: 'date_add',
  lastKeepAlive: 'last_keepalive',
  disconnection_time: 'disconnection_time',
  configSum: 'config_sum',
  mergedSum: 'merged_sum',
  group_config_status: 'group_config_status',
  'os.name': 'os_name',
  'os.version': 'os_version',
  'os.major': 'os_major',
  'os.minor': 'os_minor',
  'os.codename': 'os_codename',
  'os.build': 'os_build',
  'os.platform': 'os_platform',
  'os.uname': 'os_uname',
  'os.arch': 'os_arch',
};
const FIELDS = Object.keys(COLUMNS);
const DATES: ReadonlySet<string> = new Set(['dateAdd', 'lastKeepAlive', 'disconnection_time']);
/** Columns with texts; a search looks into these and the id. */
const SEARCHED: readonly AgentColumn[] = [
  'id',
  ...Object.values(COLUMNS).filter((column) => AGENT_FIELDS[column] === 'text'),
];

/** What a list of agents asks of the store. Throws 1403, 1407, 1408, 1724. */
export function agentQuery(
  args: ListArgs & AgentFilters,
  within: AgentCondition[],
  nowS: number,
): AgentQuery {
  const selected = selectedFields(args.select?.flatMap(expandOs), FIELDS);
  const order = (args.sort === undefined ? [] : parseSort(args.sort)).map(({ field, isDescending }) => {
    checkField(field, FIELDS, 1403);
    return { column: COLUMNS[field] as AgentColumn, isDescending };
  });
  return {
    where: { all: [...within, ...filterConditions(args, nowS), ...searchConditions(args)] },
    columns: [...new Set(selected.map((field) => COLUMNS[field] as AgentColumn))],
    order,
    offset: args.offset ?? 0,
    limit: args.limit ?? DEFAULT_PAGE_ITEMS,
    isDistinct: args.distinct ?? false,
  };
}

/** `os` stands for all that is known of it. */
function expandOs(field: string): string[] {
  return field === 'os' ? FIELDS.filter((name) => name.startsWith('os.')) : [field];
}

function searchConditions({ search, q }: ListArgs): AgentCondition[] {
  const conditions: AgentCondition[] = [];
  if (search !== undefined) conditions.push({ ...parseSearch(search), columns: SEARCHED });
  if (q !== undefined) conditions.push(queryCondition(parseQuery(q)));
  return conditions;
}

/** The filters of an endpoint; all have to fit. */
export function filterConditions(filters: AgentFilters, nowS: number): AgentCondition[] {
  const { status, older_than, group, ...equal } = filters;
  const conditions: AgentCondition[] = [];
  if (status !== undefined) {
    conditions.push({
      any: status.map((value) => ({ column: 'connection_status', comparison: '=', value })),
    });
  }
  if (older_than !== undefined) conditions.push(olderThan(nowS - spanS(older_than)));
  if (group !== undefined) conditions.push({ group, isMember: true });
  for (const field of EQUAL_FILTERS) {
    const value = equal[field];
    if (value !== undefined)
      conditions.push({ column: COLUMNS[field] as AgentColumn, comparison: '=', value });
  }
  return conditions;
}

const EQUAL_FILTERS = [
  'name',
  'ip',
  'registerIP',
  'node_name',
  'version',
  'manager',
  'group_config_status',
  'os.platform',
  'os.version',
  'os.name',
] as const satisfies readonly (keyof AgentFilters)[];

/** One that never connected is as old as its registration. */
function olderThan(beforeS: number): AgentCondition {
  const hasConnected = { column: 'last_keepalive', comparison: '>', value: 0 } as const;
  const neverConnected = { column: 'connection_status', comparison: '=', value: 'never_connected' } as const;
  return {
    any: [
      { all: [hasConnected, { column: 'last_keepalive', comparison: '<', value: beforeS }] },
      { all: [neverConnected, { column: 'date_add', comparison: '<', value: beforeS }] },
    ],
  };
}

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `7d` in seconds. */
export function spanS(text: string): number {
  const [, number, unit = 's'] = /^(\d+)([dhms])?$/.exec(text) ?? [];
  return Number(number) * (UNIT_S[unit] ?? Number.NaN);
}

function queryCondition(expression: QueryExpression): AgentCondition {
  if ('all' in expression) return { all: expression.all.map(queryCondition) };
  if ('any' in expression) return { any: expression.any.map(queryCondition) };
  const { field, comparison, value } = expression;
  checkField(field, FIELDS, 1408);
  const column = COLUMNS[field] as AgentColumn;
  if (value === 'null') {
    if (comparison !== '=' && comparison !== '!=') throw new MusterError(1407, `${field}${comparison}null`);
    return { column, comparison, value: null };
  }
  if (field === 'group' && (comparison === '=' || comparison === '!='))
    return { group: value, isMember: comparison === '=' };
  const isText = AGENT_FIELDS[column] === 'text' || comparison === '~';
  return { column, comparison, value: isText ? value : numberOf(field, value) };
}

function numberOf(field: string, value: string): number {
  if (!DATES.has(field) || /^\d+$/.test(value)) return Math.trunc(queryNumber(field, value));
  const timeMs = Date.parse(value);
  if (Number.isFinite(timeMs)) return Math.trunc(timeMs / 1000);
  throw new MusterError(1407, `${field} is compared with ${JSON.stringify(value)}, which is no date`);
}

/** A row of the store as the API shows it. */
export function agentItemOf(row: Readonly<Record<string, unknown>>): AgentItem {
  const item: Record<string, unknown> = {};
  const os: Record<string, unknown> = {};
  for (const [field, column] of Object.entries(COLUMNS)) {
    const value = row[column];
    if (value === undefined) continue;
    const shown = shownValue(field, value);
    if (shown === null) continue;
    if (field.startsWith('os.')) os[field.slice(3)] = shown;
    else item[field] = shown;
  }
  return (Object.keys(os).length === 0 ? item : { ...item, os }) as AgentItem;
}

/** The last moment that a date can tell. */
const MAX_DATE_MS = 8.64e15;

/** Fields that are one of some words. */
const WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  status: new Set(connectionStatus.options),
  group_config_status: new Set(groupConfigStatus.options),
};

/** Null for what is not shown: what other programs write into the store need not be what the API can tell. */
function shownValue(field: string, value: unknown): unknown {
  if (field === 'id') return Number(value) >= 0 ? formatAgentId(Number(value)) : null;
  if (field === 'status_code') return Number.isSafeInteger(Number(value)) ? Number(value) : null;
  if (field === 'group') return String(value).split(',');
  if (DATES.has(field)) return shownDate(Number(value));
  return WORDS[field]?.has(String(value)) === false ? null : String(value);
}

/** Zero stands for never. */
function shownDate(timeS: number): string | null {
  const timeMs = timeS * 1000;
  return timeMs > 0 && timeMs <= MAX_DATE_MS ? new Date(timeMs).toISOString() : null;
}
