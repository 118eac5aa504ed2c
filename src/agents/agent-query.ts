import { MAX_SHOWN_CHARS } from './limits.ts';
import { sqlNumber } from './sql.ts';

/** Columns of agents by which they can be found and sorted, and what their values are. */
export const AGENT_FIELDS = {
  id: 'number',
  name: 'text',
  ip: 'text',
  register_ip: 'text',
  os_name: 'text',
  os_version: 'text',
  os_major: 'text',
  os_minor: 'text',
  os_codename: 'text',
  os_build: 'text',
  os_platform: 'text',
  os_uname: 'text',
  os_arch: 'text',
  version: 'text',
  config_sum: 'text',
  merged_sum: 'text',
  manager_host: 'text',
  node_name: 'text',
  date_add: 'number',
  last_keepalive: 'number',
  group: 'text',
  connection_status: 'text',
  disconnection_time: 'number',
  group_config_status: 'text',
  status_code: 'number',
} as const;

export type AgentColumn = keyof typeof AGENT_FIELDS;
/** `~`: is contained, in whatever case. Texts are equal in whatever case too. */
export type Comparison = '=' | '!=' | '<' | '>' | '~';

/** Which agents are meant. */
export type AgentCondition =
  | { readonly all: readonly AgentCondition[] }
  | { readonly any: readonly AgentCondition[] }
  | {
      readonly column: AgentColumn;
      readonly comparison: Comparison;
      /** Null: there is none, for `=`, or there is one, for `!=`. */
      readonly value: string | number | null;
    }
  | { readonly ids: readonly number[] }
  /** Members of a group, or those who are none. */
  | { readonly group: string; readonly isMember: boolean }
  /** A text in any of these columns, or in none. */
  | { readonly text: string; readonly columns: readonly AgentColumn[]; readonly isContained: boolean };

export interface AgentQuery {
  readonly where: AgentCondition;
  /** What is read of each. */
  readonly columns: readonly AgentColumn[];
  /** The id is compared last, unless rows are to be distinct. */
  readonly order: readonly { readonly column: AgentColumn; readonly isDescending: boolean }[];
  readonly offset: number;
  readonly limit: number;
  /** Rows that are equal count once. */
  readonly isDistinct: boolean;
}

/** A statement, and what stands for its question marks. */
export interface BoundSql {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** The rows of a query, without its page. */
export function rowsSql(query: AgentQuery): BoundSql {
  const where = conditionSql(query.where);
  const order = query.order.map(({ column, isDescending }) => `${key(column)}${isDescending ? ' desc' : ''}`);
  if (!query.isDistinct) order.push('id');
  const groups = query.isDistinct ? ` group by ${query.columns.map(value).join(',')}` : '';
  const sort = order.length === 0 ? '' : ` order by ${order.join(',')}`;
  const sql = `select ${query.columns.map(shown).join(',')} from agent where ${where.sql}${groups}${sort}`;
  return { sql, values: where.values };
}

/** How many rows a query has on all pages. */
export function totalSql({ where, isDistinct, columns }: AgentQuery): BoundSql {
  const { sql, values } = conditionSql(where);
  const from = isDistinct
    ? `(select distinct ${columns.map(shown).join(',')} from agent where ${sql})`
    : `agent where ${sql}`;
  return { sql: `select count(*) as total from ${from}`, values };
}

/** By the name alone, an order would be that of what is shown. */
const named = (column: AgentColumn) => `agent.\`${column}\``;
/** What is told of an agent: however much it says of itself, an answer has room for it. */
const shown = (column: AgentColumn) => `${value(column)} as \`${column}\``;

function value(column: AgentColumn): string {
  const whole = expression(column);
  // Names of groups are used, and are no words of agents.
  if (AGENT_FIELDS[column] === 'number' || column === 'group') return whole;
  return `case when length(${whole})>${MAX_SHOWN_CHARS} then substr(${whole},1,${MAX_SHOWN_CHARS})||'…' else ${whole} end`;
}

/** An agent that never connected has the address that it was registered with. */
const expression = (column: AgentColumn) =>
  column === 'ip' ? `coalesce(${named('ip')},${named('register_ip')})` : named(column);
const key = (column: AgentColumn) =>
  AGENT_FIELDS[column] === 'text' ? `${expression(column)} collate nocase` : expression(column);

function conditionSql(condition: AgentCondition): BoundSql {
  if ('all' in condition) return joined(condition.all, ' and ', '1');
  if ('any' in condition) return joined(condition.any, ' or ', '0');
  if ('ids' in condition) return { sql: `id in (${condition.ids.map(sqlNumber).join(',')})`, values: [] };
  if ('group' in condition) return memberSql(condition.group, condition.isMember);
  if ('text' in condition) return textSql(condition);
  return comparisonSql(condition);
}

function joined(conditions: readonly AgentCondition[], by: string, none: string): BoundSql {
  const parts = conditions.map(conditionSql);
  const sql = parts.length === 0 ? none : `(${parts.map((part) => part.sql).join(by)})`;
  return { sql, values: parts.flatMap(({ values }) => values) };
}

function memberSql(group: string, isMember: boolean): BoundSql {
  const members = 'select id_agent from belongs where id_group=(select id from `group` where name=?)';
  return { sql: `id ${isMember ? '' : 'not '}in (${members})`, values: [group] };
}

/** A column that is not known holds no text. */
function textSql({ text, columns, isContained }: Extract<AgentCondition, { text: string }>): BoundSql {
  const sql = `ifnull(${columns.map((column) => `${expression(column)} ${LIKE}`).join(' or ')},0)`;
  return { sql: isContained ? sql : `not ${sql}`, values: columns.map(() => pattern(text)) };
}

function comparisonSql({
  column,
  comparison,
  value,
}: Extract<AgentCondition, { column: AgentColumn }>): BoundSql {
  const left = expression(column);
  if (value === null) return { sql: `${left} is ${comparison === '=' ? '' : 'not '}null`, values: [] };
  if (comparison === '~') return { sql: `${left} ${LIKE}`, values: [pattern(String(value))] };
  // What is not known differs from everything.
  const isUnknown = comparison === '!=' ? ` or ${left} is null` : '';
  return { sql: `(${key(column)}${comparison}?${isUnknown})`, values: [value] };
}

const LIKE = "like ? escape '\\'";
const pattern = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
