import { MusterError } from '../protocol/errors.ts';
import { type AnswerRow, command, numberIn, type Query, textIn } from './ask.ts';
import { INFO_COLUMNS, WORKER_COLUMNS } from './columns.ts';
import { ChunkBuilder, type InfoObject, isKeepalive, latestS, parseInfoChunk } from './info-chunk.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { quoted, type SqlPager, select, splitRequests, sqlNumber, sqlNumbers, sqlText } from './sql.ts';
import type { AgentInfoPage, AgentInfoRow, AgentInfoWritten, WriteInfoOptions } from './store.ts';

/*
 * Agent information in a wazuh-db that is not ours. Its own command for reading, `sync-agent-info-get`, marks what it
 * returns as synced at once, and keeps one place for all its clients. If what was read were put back only after a
 * failure, the death of the node in between would lose it. So it is read by SQL, which marks nothing, and marked by SQL
 * when the master has it: only where every column and label is still as it was read.
 */

const COLUMNS = INFO_COLUMNS.join(',');
/** A whole agent as one text, in SQL; `fingerprint` writes the same. */
const FINGERPRINT = `${INFO_COLUMNS.map((column) => `quote(${column})`).join("||','||")}||ifnull((select group_concat(quote(key)||'='||quote(value),';') from (select key,value from labels where labels.id=agent.id order by key)),'')`;

export async function unsyncedInfo(query: Query, pager: SqlPager, afterId: number): Promise<AgentInfoPage> {
  const chunk = new ChunkBuilder();
  const rows: AgentInfoRow[] = [];
  const tooLong: number[] = [];
  let lastId = afterId;
  const upTo = (isLast: boolean) => ({ rows, chunk: chunk.toString(), tooLong, lastId, isLast });
  for (;;) {
    const page = await pager.page((_, limit) => readPage(query, lastId, limit));
    if (page === null) {
      // One that no answer can hold cannot travel; it keeps no other waiting.
      const skipped = await nextId(query, lastId);
      if (skipped > lastId) tooLong.push(skipped);
      lastId = skipped;
      continue;
    }
    for (const row of page.rows) {
      const id = numberIn(row, 'id');
      const text = JSON.stringify(row);
      if (!canBeConfirmed(row, text)) tooLong.push(id);
      else if (chunk.add(text)) rows.push({ id, text });
      else if (rows.length > 0) return upTo(false);
      else tooLong.push(id);
      lastId = id;
    }
    if (page.isLast || rows.length > 0) return upTo(page.isLast);
  }
}

async function nextId(query: Query, afterId: number): Promise<number> {
  const where = `where sync_status='syncreq' and id>${sqlNumber(afterId)}`;
  const [row] = await select(query, `select id from agent ${where} order by id limit 1`);
  return row === undefined ? afterId : numberIn(row, 'id');
}

/** Labels are read after their agents: what changes in between does not fit what is marked later. */
async function readPage(query: Query, afterId: number, limit: number): Promise<AnswerRow[]> {
  const where = `where sync_status='syncreq' and id>${sqlNumber(afterId)}`;
  const agents = await select(query, `select ${COLUMNS} from agent ${where} order by id limit ${limit}`);
  if (agents.length === 0) return [];
  const ids = sqlNumbers(agents.map((row) => numberIn(row, 'id')));
  const labels = await select(query, `select id,key,value from labels where id in (${ids}) order by id,key`);
  const labelsOf = Map.groupBy(labels, (label) => numberIn(label, 'id'));
  return agents.map((row) => {
    const own = labelsOf.get(numberIn(row, 'id'));
    // Labels that are not told stay: that there are none any more has to be said.
    return { ...row, labels: own ?? [] };
  });
}

/** An agent as it was read, as SQL compares it. */
interface Literal {
  readonly id: number;
  readonly literal: string;
}

const literalOf = (id: number, row: AnswerRow): Literal => ({ id, literal: sqlText(fingerprint(row)) });

const confirmRequest = (items: readonly Literal[]) =>
  `global sql update agent set sync_status='synced' where id in (${items.map(({ id }) => id).join(',')}) and sync_status='syncreq' and (${FINGERPRINT}) in (${items.map(({ literal }) => literal).join(',')})`;

/** Of a text of so many characters SQL makes less than a request has room for, whatever they are. */
const SHORT_ROW_CHARS = 8_192;

/**
 * Whether a request has room to mark it. SQL writes quotes four times in it; one that cannot be marked would be told to the
 * master again and again.
 */
const canBeConfirmed = (row: AnswerRow, text: string): boolean =>
  text.length <= SHORT_ROW_CHARS ||
  Buffer.byteLength(confirmRequest([literalOf(numberIn(row, 'id'), row)])) <= MAX_REQUEST_BYTES;

export async function confirmInfo(query: Query, rows: readonly AgentInfoRow[]): Promise<number> {
  const items = rows.map(({ id, text }) => literalOf(id, JSON.parse(text)));
  let marked = 0;
  for (const part of splitRequests(items, ({ id, literal }) => `${id},${literal}`, confirmRequest([]))) {
    await command(query, confirmRequest(part));
    const ids = sqlNumbers(part.map(({ id }) => id));
    const left = `select count(*) as total from agent where id in (${ids}) and sync_status='syncreq'`;
    marked += part.length - numberIn((await select(query, left))[0], 'total');
  }
  return marked;
}

function fingerprint(agent: AnswerRow): string {
  const columns = INFO_COLUMNS.map((column) => quoted(agent[column])).join(',');
  const labels = (agent.labels ?? []) as AnswerRow[];
  return (
    columns + labels.map((one) => `${quoted(textIn(one, 'key'))}=${quoted(textIn(one, 'value'))}`).join(';')
  );
}

/**
 * Its own command for writing replaces whatever is there: so older rows are sorted out before, and what a worker may not
 * set is set to what it is. Two writers at the same time would not see each other: calls have to come one after the other.
 * Rejects with 3120 when the signal comes between two requests.
 */
export async function writeInfo(
  send: Query,
  chunk: string,
  { clockBehindS: behindS = 0, signal }: WriteInfoOptions,
): Promise<AgentInfoWritten> {
  const query: Query = async (request) => {
    if (signal?.aborted) throw new MusterError(3120);
    return await send(request);
  };
  const nowS = Math.floor(Date.now() / 1000);
  const parsed = parseInfoChunk(chunk, { nowS, behindS });
  const errors = [...parsed.errors];
  // Whoever else writes there is not seen, so nobody knows what profile an agent has.
  const wanted = parsed.agents.filter(isKeepalive).map(({ id }) => id);
  const whole = parsed.agents.filter((agent) => !isKeepalive(agent));
  const { newer, stale, unknown } = await sortOut(query, lastOfEach(whole), {
    nowS,
    mostBehindS: parsed.mostBehindS,
  });
  let updated = 0;
  const prefix = 'global sync-agent-info-set [';
  const texts = newer.map((agent) => JSON.stringify(agent));
  for (const part of splitRequests(texts, (text) => text, `${prefix}]`)) {
    try {
      await command(query, `${prefix}${part.join(',')}]`);
      updated += part.length;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // It stops at the first agent that it does not like.
      updated += await writeSingly(query, prefix, part, errors);
    }
  }
  return { updated, stale, unknown, wanted, errors };
}

async function writeSingly(
  query: Query,
  prefix: string,
  agents: readonly string[],
  errors: string[],
): Promise<number> {
  let updated = 0;
  for (const agent of agents) {
    try {
      await command(query, `${prefix}${agent}]`);
      updated += 1;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      errors.push(`agent ${(JSON.parse(agent) as InfoObject).id}: ${error.detail ?? error.message}`);
    }
  }
  return updated;
}

/** What is wrong with a request, and not with the store. */
const isRefusal = (error: unknown): error is MusterError =>
  error instanceof MusterError && (error.code === 2003 || error.code === 3201);

/** Of an agent that a chunk has twice, what it says last. */
const lastOfEach = (agents: readonly InfoObject[]) => [
  ...new Map(agents.map((agent) => [agent.id, agent])).values(),
];

/** Agents of one question: the answer has an id, a time and two names for each, less than four hundred bytes. */
const QUESTION_AGENTS = 150;

/** By what is decided which report is newer: the clock of this node, and how far that of the other one may be behind. */
interface Order {
  readonly nowS: number;
  readonly mostBehindS: number | null;
}

async function sortOut(query: Query, agents: readonly InfoObject[], order: Order) {
  const newer: InfoObject[] = [];
  let stale = 0;
  let unknown = 0;
  for (let at = 0; at < agents.length; at += QUESTION_AGENTS) {
    const asked = agents.slice(at, at + QUESTION_AGENTS);
    const present = await presentAgents(
      query,
      asked.map(({ id }) => id),
    );
    for (const agent of asked) {
      const row = present.get(agent.id);
      if (row === undefined) unknown += 1;
      else if (isStale(agent, row, order)) stale += 1;
      else newer.push(asWorkerMaySay(agent, row));
    }
  }
  return { newer, stale, unknown };
}

/**
 * Keepalives have seconds. An agent that goes from one node to another within one is where it is connected, whichever node
 * tells of it last. What was heard later than now was heard before the clock was set back: it keeps nothing out. A node
 * that does not tell its clock is right about agents that are its own, even if that was put back.
 */
function isStale(agent: InfoObject, present: AnswerRow, { nowS, mostBehindS }: Order): boolean {
  const [seen, told] = [numberIn(present, 'seen'), latestS(agent, mostBehindS)];
  const isElsewhere = textIn(present, 'node') !== agent.node_name;
  if (seen !== told) return seen > told && seen <= nowS && (mostBehindS === null || isElsewhere);
  return agent.connection_status === 'disconnected' && isElsewhere;
}

/** The rows of these agents, as far as there are any. Names of other programs may be longer than ours: half as many then. */
async function presentAgents(query: Query, ids: readonly number[]): Promise<Map<number, AnswerRow>> {
  try {
    const statement = `select id,name,ifnull(node_name,'') as node,ifnull(last_keepalive,0) as seen from agent where id in (${sqlNumbers(ids)})`;
    return new Map((await select(query, statement)).map((row) => [numberIn(row, 'id'), row]));
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== 2009 || ids.length === 1) throw error;
    const half = ids.length >> 1;
    const [first, second] = [ids.slice(0, half), ids.slice(half)];
    return new Map([...(await presentAgents(query, first)), ...(await presentAgents(query, second))]);
  }
}

/** What a worker may set, and everything else as it is here. */
function asWorkerMaySay(agent: InfoObject, present: AnswerRow): InfoObject {
  const said = [...WORKER_COLUMNS, 'labels'].map((field) => [field, agent[field]]);
  return { id: agent.id, name: textIn(present, 'name'), ...Object.fromEntries(said) };
}
