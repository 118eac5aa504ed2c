import type { AgentStore } from './store.ts';

/** Makes a group that is not there; somebody else may be faster. Rejects with 2003 for a name that no group can have. */
export async function ensureGroup(store: AgentStore, name: string): Promise<void> {
  if ((await store.findGroup(name)) !== null) return;
  try {
    await store.insertGroup(name);
  } catch (error) {
    if ((await store.findGroup(name)) === null) throw error;
  }
}
