import { MusterError } from '../protocol/errors.ts';
import { type AnswerRow, ask, askAll, command, numberIn, type Query, rowsIn, textIn } from './ask.ts';
import { complaintsAbout } from './group-complaints.ts';
import { complaintAboutGroups } from './group-names.ts';
import { type SqlPager, select, splitRequests, sqlNumber, sqlNumbers, sqlText } from './sql.ts';
import type {
  AgentGroups,
  AgentGroupsPage,
  AgentGroupsWritten,
  GroupHashesPage,
  GroupsComplaint,
  GroupsOrder,
  SetAgentGroups,
} from './store.ts';

/** Rows of a list of hashes: an id and a hash each, some fifty bytes. */
const HASHES_OF_PAGE = 1_000;
/** Rows of a list of ids, some twenty bytes each. */
const IDS_OF_PAGE = 2_000;
const CONDITIONS = { unsynced: 'sync_status', all: 'all' } as const;
/** The groups of an agent as one text, in SQL. */
const GROUPS =
  "ifnull((select group_concat(name,',') from (select name from belongs join `group` on `group`.id=id_group where id_agent=agent.id order by priority)),'')";

export async function groupsToSend(
  query: Query,
  pager: SqlPager,
  order: GroupsOrder,
): Promise<AgentGroupsPage> {
  const page = await storePage(query, order);
  // Whoever wants to behave as the original gets no more than it gives.
  return order.agents === 'none' || order.setSynced ? page : withFuture(pager, order, page);
}

/**
 * A page with those agents that were added in the future, by a clock that went wrong: until then the store takes them for
 * too new and leaves them out, but its hash is over them too.
 */
async function withFuture(
  pager: SqlPager,
  { agents: which, afterId = 0 }: GroupsOrder,
  page: AgentGroupsPage,
): Promise<AgentGroupsPage> {
  const where = [
    `id>${sqlNumber(afterId)}`,
    `date_add>${sqlNumber(Math.floor(Date.now() / 1000))}`,
    ...(which === 'unsynced' ? ["group_sync_status='syncreq'"] : []),
    ...(page.isLast ? [] : [`id<=${sqlNumber(page.lastId)}`]),
  ].join(' and ');
  const future = await pager.page((ask, limit) =>
    select(ask, `select id,${GROUPS} as names from agent where ${where} order by id limit ${limit}`),
  );
  if (future === null || future.rows.length === 0) return page;
  const added = future.rows.map((row) => {
    const names = textIn(row, 'names');
    return { id: numberIn(row, 'id'), groups: names === '' ? [] : names.split(',') };
  });
  const lastAddedId = added.at(-1)?.id ?? 0;
  const endId = future.isLast ? Number.POSITIVE_INFINITY : lastAddedId;
  const all = new Map([...added, ...page.agents].map((agent) => [agent.id, agent]));
  const agents = [...all.values()].filter(({ id }) => id <= endId).sort((a, b) => a.id - b.id);
  if (!future.isLast) return { agents, lastId: lastAddedId, isLast: false };
  return { ...page, agents, lastId: Math.max(page.lastId, lastAddedId) };
}

/** A page as the store gives it. */
export async function storePage(query: Query, order: GroupsOrder): Promise<AgentGroupsPage> {
  const request = {
    ...(order.agents === 'none' ? {} : { condition: CONDITIONS[order.agents] }),
    last_id: order.afterId ?? 0,
    set_synced: order.setSynced ?? false,
    get_global_hash: order.withHash ?? false,
    agent_registration_delta: order.registrationDeltaS ?? 0,
  };
  const answer = await ask(query, `global sync-agent-groups-get ${JSON.stringify(request)}`);
  const [content] = rowsIn(answer);
  const data = content?.data;
  if (!Array.isArray(data)) throw new MusterError(2007, 'a list of agents was expected');
  const agents = data.map(agentIn);
  const page = { agents, lastId: agents.at(-1)?.id ?? order.afterId ?? 0, isLast: answer.status === 'ok' };
  const hash = content?.hash;
  if (hash === undefined) return page;
  if (hash !== null && typeof hash !== 'string') throw new MusterError(2007, 'hash is no text');
  return { ...page, hash };
}

function agentIn(value: unknown): AgentGroups {
  const groups = (value as AnswerRow | null)?.groups;
  if (!Array.isArray(groups) || !groups.every((name) => typeof name === 'string')) {
    throw new MusterError(2007, 'the groups of an agent are no texts');
  }
  return { id: numberIn(value, 'id'), groups };
}

/** Marks only where the groups are still those that were sent. */
export async function confirmGroups(query: Query, agents: readonly AgentGroups[]): Promise<number> {
  const items = agents.map(({ id, groups }) => ({
    id,
    literal: sqlText(`${sqlNumber(id)}:${groups.join(',')}`),
  }));
  const requestFor = (part: typeof items) =>
    `global sql update agent set group_sync_status='synced' where id in (${part.map(({ id }) => id).join(',')}) and group_sync_status='syncreq' and (id||':'||${GROUPS}) in (${part.map(({ literal }) => literal).join(',')})`;
  let marked = 0;
  for (const part of splitRequests(items, ({ id, literal }) => `${id},${literal}`, requestFor([]))) {
    const ids = sqlNumbers(part.map(({ id }) => id));
    const unsynced = `select count(*) as total from agent where id in (${ids}) and group_sync_status='syncreq'`;
    const before = numberIn((await select(query, unsynced))[0], 'total');
    await command(query, requestFor(part));
    marked += before - numberIn((await select(query, unsynced))[0], 'total');
  }
  return marked;
}

/**
 * Agents whose groups cannot be right are left out, because the store would take their groups away before it notices.
 * Everything else is told to it in requests that fit.
 */
export async function setAgentGroups(query: Query, order: SetAgentGroups): Promise<AgentGroupsWritten> {
  const errors: GroupsComplaint[] = [];
  const entries: { agent: AgentGroups; text: string }[] = [];
  for (const { id, groups } of order.agents) {
    const complaint = complaintAboutGroups({ id, groups });
    if (complaint === null) entries.push({ agent: { id, groups }, text: JSON.stringify({ id, groups }) });
    else errors.push({ ids: [id], complaint });
  }
  const prefix = `global set-agent-groups {"mode":${JSON.stringify(order.mode)},"sync_status":${JSON.stringify(order.syncStatus)},"data":[`;
  let updated = 0;
  for (const part of splitRequests(entries, ({ text }) => text, `${prefix}]}`)) {
    try {
      await command(query, `${prefix}${part.map(({ text }) => text).join(',')}]}`);
      updated += 1;
    } catch (error) {
      if (!(error instanceof MusterError) || error.code !== 2003) throw error;
      const agents = part.map(({ agent }) => agent);
      errors.push(...(await complaintsAbout(query, agents, error.detail ?? error.message)));
    }
  }
  return { updated, errors };
}

export async function groupHashes(query: Query, afterId: number): Promise<GroupHashesPage> {
  const where = `where id>${sqlNumber(afterId)} and id>0`;
  const rows = await select(
    query,
    `select id,group_hash from agent ${where} order by id limit ${HASHES_OF_PAGE}`,
  );
  const agents = rows.map((row) => ({
    id: numberIn(row, 'id'),
    hash: row.group_hash === undefined ? null : String(row.group_hash),
  }));
  return { agents, lastId: agents.at(-1)?.id ?? afterId, isLast: rows.length < HASHES_OF_PAGE };
}

/**
 * By SQL, because `get-group-agents` of the original goes on behind the last id of a page, but tells members in the order
 * in which they became such: whoever became one late, with a low id, would be left out of a list of several pages.
 */
export function agentsOfGroup(query: Query, name: string): Promise<number[]> {
  const members = `select id_agent as id from belongs where id_group=(select id from \`group\` where name=${sqlText(name)})`;
  const requestAfter = (lastId: number) =>
    `global sql ${members} and id_agent>${sqlNumber(lastId)} order by id_agent limit ${IDS_OF_PAGE}`;
  return askAll(query, requestAfter, -1, IDS_OF_PAGE);
}
