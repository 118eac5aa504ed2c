import { type AnswerRow, numberIn, type Query, textIn, textOrNullIn } from './ask.ts';
import { type SqlPager, select, sqlNumber } from './sql.ts';
import type { AgentSummary, AgentsPage, ConnectionStatus, SyncStatus } from './store.ts';

const COLUMNS =
  'id,name,coalesce(ip,register_ip) as ip,version,os_name,node_name,`group`,connection_status,sync_status,last_keepalive';

/** A page of agents for people. */
export async function listAgents(pager: SqlPager, afterId: number): Promise<AgentsPage> {
  const where = `where id>${sqlNumber(afterId)} and id>0`;
  const page = await pager.page((query: Query, limit) =>
    select(query, `select ${COLUMNS} from agent ${where} order by id limit ${limit}`),
  );
  const agents = (page?.rows ?? []).map(summaryOf);
  return { agents, lastId: agents.at(-1)?.id ?? afterId, isLast: page?.isLast ?? true };
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
