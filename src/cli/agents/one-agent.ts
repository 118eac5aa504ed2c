import { MusterError } from '../../protocol/errors.ts';
import { formatAgentId } from '../../registration/key-lines.ts';
import { withStore } from '../with-store.ts';

export interface OneAgent {
  /** Columns of the agent store that are not NULL. */
  readonly columns: Readonly<Record<string, string | number>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Everything that is known of an agent. Rejects with 1701. */
export function readAgent(home: string, id: number, { withKey }: { withKey: boolean }): Promise<OneAgent> {
  return withStore(home, async (store) => {
    const info = await store.agentInfo(id);
    if (info === null) throw new MusterError(1701, formatAgentId(id));
    const { internal_key: key, ...columns } = info;
    const labels = Object.fromEntries((await store.labels(id)).map(({ key, value }) => [key, value]));
    return { columns: withKey && key !== undefined ? { ...columns, internal_key: key } : columns, labels };
  });
}
