import { MusterError } from '../protocol/errors.ts';
import { type AgentQuery, type BoundSql, rowsSql, totalSql } from './agent-query.ts';
import { type AnswerRow, numberIn, type Query, textIn } from './ask.ts';
import { inParts, unionOf } from './find-in-parts.ts';
import { MAX_PAGE_ROWS } from './limits.ts';
import { type SqlPager, select, splitRequests, sqlNumber, sqlText } from './sql.ts';
import type { FoundAgents, GroupSize } from './store.ts';

/**
 * Agents by a query, in as many requests as their rows need; where it names more agents than a request has room for, they
 * are sorted here. Between requests the store may change: an agent that moves within the order may then be there twice, or
 * not at all. Rejects with 2009 for a row that no answer can hold, 3201 for a query that no request can.
 */
export async function findAgents(query: Query, pager: SqlPager, wanted: AgentQuery): Promise<FoundAgents> {
  const parts = inParts(wanted, longestRequest);
  if (parts !== null) {
    const rows: AnswerRow[] = [];
    for (const part of parts) rows.push(...(await rowsOf(pager, part, part.limit)));
    return unionOf(wanted, rows);
  }
  const [counted] = await select(query, written(totalSql(wanted)));
  const total = numberIn(counted, 'total');
  const count = Math.min(wanted.limit, Math.max(0, total - wanted.offset));
  return { rows: await rowsOf(pager, wanted, count), total };
}

/** So many rows of a query, or all that there are. */
async function rowsOf(pager: SqlPager, wanted: AgentQuery, count: number): Promise<AnswerRow[]> {
  const statement = written(rowsSql(wanted));
  const rows: AnswerRow[] = [];
  for (let isLast = count === 0; !isLast; ) {
    const page = await pager.page((ask, limit) =>
      select(ask, paged(statement, Math.min(limit, count - rows.length), wanted.offset + rows.length)),
    );
    if (page === null) throw new MusterError(2009, 'what is known of one agent is too long');
    rows.push(...page.rows);
    isLast = page.isLast || rows.length >= count;
  }
  return rows;
}

const paged = (statement: string, limit: number, offset: number) =>
  `${statement} limit ${sqlNumber(limit)} offset ${sqlNumber(offset)}`;

/** As long as any that asks for some of its rows. */
const longestRequest = (wanted: AgentQuery) =>
  `global sql ${paged(written(rowsSql(wanted)), MAX_PAGE_ROWS, Number.MAX_SAFE_INTEGER)}`;

/** The protocol has no values beside a statement. */
function written({ sql, values }: BoundSql): string {
  const left = [...values];
  return sql.replace(/\?/g, () => {
    const value = left.shift();
    return typeof value === 'number' ? sqlNumber(value) : sqlText(value ?? '');
  });
}

/** How many agents, without the manager itself, have each value of a column that has few. */
export async function countAgents(
  query: Query,
  column: 'connection_status' | 'group_config_status',
): Promise<ReadonlyMap<string, number>> {
  const rows = await select(
    query,
    `select ${column} as value,count(*) as total from agent where id>0 group by ${column}`,
  );
  return new Map(rows.map((row) => [textIn(row, 'value'), numberIn(row, 'total')]));
}

/** Agents that report to nodes, for all of them at once. Case does not tell names of nodes apart. */
export async function countActiveAgents(
  query: Query,
  nodeNames: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const requestFor = (names: readonly string[]) =>
    `select node_name,count(*) as total from agent where connection_status='active' and id!=0 and node_name collate nocase in (${names.map(sqlText).join(',')}) group by node_name collate nocase`;
  const found = new Map<string, number>();
  for (const part of splitRequests(nodeNames, sqlText, `global sql ${requestFor([])}`)) {
    for (const row of await select(query, requestFor(part))) {
      found.set(textIn(row, 'node_name').toLowerCase(), numberIn(row, 'total'));
    }
  }
  return new Map(nodeNames.map((name) => [name, found.get(name.toLowerCase()) ?? 0]));
}

/** All groups, in the order in which they were made. By SQL, because `select-groups` leaves out what does not fit. */
export async function groupNames(pager: SqlPager): Promise<string[]> {
  const names: string[] = [];
  for (let afterId = 0, isLast = false; !isLast; ) {
    const after = sqlNumber(afterId);
    const page = await pager.page((ask, limit) =>
      select(ask, `select id,name from \`group\` where id>${after} order by id limit ${sqlNumber(limit)}`),
    );
    if (page === null) throw new MusterError(2009, `the name of one group above ${afterId} is too long`);
    names.push(...page.rows.map((row) => textIn(row, 'name')));
    afterId = numberIn(page.rows.at(-1) ?? { id: afterId }, 'id');
    ({ isLast } = page);
  }
  return names;
}

/** All groups by name, with how many agents are in each. */
export async function groupSizes(pager: SqlPager): Promise<GroupSize[]> {
  const sizes: GroupSize[] = [];
  for (;;) {
    const after = sqlText(sizes.at(-1)?.name ?? '');
    const page = await pager.page((ask, limit) =>
      select(
        ask,
        `select name,(select count(*) from belongs where id_group=\`group\`.id) as total from \`group\` where name>${after} order by name limit ${sqlNumber(limit)}`,
      ),
    );
    if (page === null) throw new MusterError(2009, 'the name of one group is too long');
    sizes.push(...page.rows.map((row) => ({ name: textIn(row, 'name'), agents: numberIn(row, 'total') })));
    if (page.isLast) return sizes;
  }
}
