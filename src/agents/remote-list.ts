import { MusterError } from '../protocol/errors.ts';
import { type AnswerRow, numberIn, type Query, textIn, textOrNullIn } from './ask.ts';
import { MAX_SHOWN_CHARS } from './limits.ts';
import { type SqlPager, select, sqlNumber } from './sql.ts';
import type { AgentSummary, AgentsPage, ConnectionStatus, SyncStatus } from './store.ts';

const cut = (column: string) => `substr(${column},1,${MAX_SHOWN_CHARS}) as ${column}`;
const COLUMNS = `id,${cut('name')},substr(coalesce(ip,register_ip),1,${MAX_SHOWN_CHARS}) as ip,${cut('version')},${cut('os_name')},${cut('node_name')},\`group\`,connection_status,sync_status,last_keepalive`;

/** A page of agents for people. Rejects with 2009 for an agent with more groups than there may be. */
export async function listAgents(pager: SqlPager, afterId: number): Promise<AgentsPage> {
  const where = `where id>${sqlNumber(afterId)} and id>0`;
  const page = await pager.page((query: Query, limit) =>
    select(query, `select ${COLUMNS} from agent ${where} order by id limit ${limit}`),
  );
  if (page === null) throw new MusterError(2009, `what is known of one agent above ${afterId} is too long`);
  const agents = page.rows.map(summaryOf);
  return { agents, lastId: agents.at(-1)?.id ?? afterId, isLast: page.isLast };
}

function summaryOf(row: AnswerRow): AgentSummary {
  const groups = textOrNullIn(row, 'group');
  return {
    id: numberIn(row, 'id'),
    name: textIn(row, 'name'),
    ip: textOrNullIn(row, 'ip'),
    version: textOrNullIn(row, 'version'),
    osName: textOrNullIn(row, 'os_name'),
    nodeName: textOrNullIn(row, 'node_name'),
    groups: groups === null ? [] : groups.split(','),
    connectionStatus: textIn(row, 'connection_status') as ConnectionStatus,
    syncStatus: textIn(row, 'sync_status') as SyncStatus,
    lastKeepaliveS: row.last_keepalive === undefined ? null : numberIn(row, 'last_keepalive'),
  };
}
