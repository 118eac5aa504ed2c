import { DatabaseSync } from 'node:sqlite';
import { INFO_COLUMNS } from '../../../src/agents/columns.ts';
import { storePath } from '../../../src/agents/paths.ts';
import { AGENTS } from './agent-homes.ts';

const ROWS = `SELECT ${INFO_COLUMNS.join(', ')}, sync_status,
  (SELECT group_concat(key || '=' || value, '|') FROM (SELECT key, value FROM labels WHERE labels.id = agent.id ORDER BY key)) AS labels
  FROM agent WHERE node_name = ? ORDER BY id`;

/**
 * Throws unless the master's store has, row by row and label by label, what the workers have of the agents that report to
 * them, and all of it is marked as synced. Reads the databases beside the nodes that use them.
 */
export function assertSameRows(masterHome: string, workerHomes: readonly string[], agentsEach: number): void {
  const master = open(masterHome);
  let compared = 0;
  for (const [i, home] of workerHomes.entries()) {
    const name = `worker${i + 1}`;
    const worker = open(home);
    const has = master.prepare(ROWS).all(name).map(textOf);
    const told = worker.prepare(ROWS).all(name).map(textOf);
    worker.close();
    if (told.length !== agentsEach) throw new Error(`${name} has ${told.length} agents, not ${agentsEach}`);
    const wrong = told.find((row, index) => row !== has[index]);
    if (wrong !== undefined) throw new Error(`the master does not have this of ${name}: ${wrong}`);
    if (told.some((row) => row.includes('syncreq'))) throw new Error(`${name} has unsynced agents`);
    compared += told.length;
  }
  master.close();
  if (compared !== agentsEach * workerHomes.length || compared > AGENTS) throw new Error(`${compared} rows`);
}

const open = (home: string) => new DatabaseSync(storePath(home, 'database'), { readOnly: true });
const textOf = (row: object) => JSON.stringify(row);
