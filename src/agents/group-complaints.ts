import { numberIn, type Query, textIn } from './ask.ts';
import { select, sqlNumbers, sqlText } from './sql.ts';
import type { AgentGroups, GroupsComplaint } from './store.ts';

/** Names of one question: an answer has room for them, whatever their length. */
const NAMES_OF_QUESTION = 100;

/**
 * Why these agents, of one request, were not all given their groups: the store says only that something was wrong. One
 * sentence for each agent that cannot be as it was wanted; if there is none, what the store said, with the agents that it
 * may be about.
 */
export async function complaintsAbout(
  query: Query,
  agents: readonly AgentGroups[],
  said: string,
): Promise<GroupsComplaint[]> {
  const ids = sqlNumbers(agents.map(({ id }) => id));
  const rows = await select(query, `select id from agent where id in (${ids})`);
  const known = new Set(rows.map((row) => numberIn(row, 'id')));
  const groups = await groupsAmong(query, [...new Set(agents.flatMap(({ groups }) => groups))]);
  const complaints = agents.flatMap((agent) => {
    const ids = [agent.id];
    const missing = agent.groups.filter((name) => !groups.has(name));
    if (agent.groups.length > 0 && !known.has(agent.id)) return { ids, complaint: 'there is no such agent' };
    return missing.length === 0 ? [] : { ids, complaint: `there is no group ${missing.join(', ')}` };
  });
  return complaints.length > 0 ? complaints : [{ ids: agents.map(({ id }) => id), complaint: said }];
}

/** Those of these groups that there are. */
async function groupsAmong(query: Query, names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < names.length; at += NAMES_OF_QUESTION) {
    const asked = names.slice(at, at + NAMES_OF_QUESTION).map(sqlText);
    const rows = await select(query, `select name from \`group\` where name in (${asked.join(',')})`);
    for (const row of rows) found.add(textIn(row, 'name'));
  }
  return found;
}
