import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EmbeddedStore } from '../../../src/agents/embedded/store.ts';
import { storePath } from '../../../src/agents/paths.ts';
import { inHome } from '../../../src/config/home.ts';
import { BASE } from '../cluster.ts';
import { clientKeys, registered } from './agent-rows.ts';

/** Agents of a cluster of the largest size that the original's own release test has. */
export const AGENTS = 50_000;
/** Groups that there are; every agent begins in the first. */
export const GROUPS = ['default', 'linux', 'production', 'web'] as const;
/** Agents that are written at a time. */
const SLICE = 5_000;

/** By number of agents: a home whose store has them, made once and copied; it goes with the bench. */
const templates = new Map<number, Promise<string>>();

/** Registers agents in a home, and writes its database as if it had followed `etc/client.keys` for long. */
export async function giveAgents(home: string, agents = AGENTS): Promise<void> {
  const template = templates.get(agents) ?? makeTemplate(agents);
  templates.set(agents, template);
  const from = await template;
  writeFileSync(inHome(home, 'clientKeys'), clientKeys(agents));
  for (const group of GROUPS) mkdirSync(join(home, 'etc/shared', group), { recursive: true });
  mkdirSync(dirname(storePath(home, 'database')), { recursive: true });
  copyFileSync(storePath(from, 'database'), storePath(home, 'database'));
}

async function makeTemplate(count: number): Promise<string> {
  const home = mkdtempSync(join(BASE, 'muster-bench-agents-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  const store = await EmbeddedStore.open({ home, isMaster: true, isServed: false });
  for (const group of GROUPS) await store.insertGroup(group);
  for (let first = 1; first <= count; first += SLICE) {
    const ids = Array.from({ length: Math.min(SLICE, count - first + 1) }, (_, i) => first + i);
    await Promise.all(ids.map((id) => store.insertAgent(registered(id))));
    const agents = ids.map((id) => ({ id, groups: [GROUPS[0]] }));
    const { errors } = await store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents });
    if (errors.length > 0) throw new Error(errors.join('; '));
  }
  await store.close();
  return home;
}
