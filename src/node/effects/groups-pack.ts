import { encodeChunks } from './agent-chunks.ts';
import { groupsChunks } from './groups-chunks.ts';
import type { GroupsDifference } from './groups-journal.ts';

/** Agents with their groups as they travel. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly agents: number;
  readonly chunks: number;
  readonly isComplete: boolean;
}

export function pack({ agents, hash, isComplete }: GroupsDifference): Packed {
  const chunks = groupsChunks(agents, hash);
  const bytes = encodeChunks({
    set_data_command: 'global set-agent-groups',
    payload: { mode: 'override', sync_status: 'synced' },
    chunks,
  });
  return { bytes, agents: agents.length, chunks: chunks.length, isComplete };
}

/** Workers that need the same mostly need it one after the other: its bytes are made once. */
export class LastPacked {
  #key = '';
  #packed: Packed | null = null;

  get(key: string, content: () => GroupsDifference): Packed {
    if (key !== this.#key || this.#packed === null) {
      this.#packed = pack(content());
      this.#key = key;
    }
    return this.#packed;
  }
}
