import { MusterError } from '../../protocol/errors.ts';
import { MAX_COMMAND_STRINGS } from '../../protocol/limits.ts';
import { encodeChunks, MAX_STRING_CHUNKS } from './agent-chunks.ts';
import { GroupsChunker } from './groups-chunks.ts';
import type { GroupsPiece } from './groups-pages.ts';

/** Agents with their groups as they travel. */
export interface PackedGroups {
  readonly strings: readonly Uint8Array[];
  readonly agents: number;
  readonly chunks: number;
}

/** Packs what comes, piece by piece, into as many strings as it takes. Rejects with 3113 if that is more than may travel. */
export async function packGroups(pieces: AsyncIterable<GroupsPiece>): Promise<PackedGroups> {
  const strings: Uint8Array[] = [];
  const chunker = new GroupsChunker();
  let waiting: string[] = [];
  let agents = 0;
  let chunks = 0;
  const put = (chunk: string, isLast: boolean) => {
    chunks += 1;
    waiting.push(chunk);
    if (waiting.length < MAX_STRING_CHUNKS && !isLast) return;
    if (strings.length === MAX_COMMAND_STRINGS) {
      throw new MusterError(
        3113,
        `the groups of ${agents} agents take more than ${MAX_COMMAND_STRINGS} strings`,
      );
    }
    strings.push(
      encodeChunks({
        set_data_command: 'global set-agent-groups',
        payload: { mode: 'override', sync_status: 'synced' },
        chunks: waiting,
      }),
    );
    waiting = [];
  };
  let hash: string | null = null;
  for await (const piece of pieces) {
    for (const agent of piece.agents) {
      const full = chunker.add(agent);
      if (full !== null) put(full, false);
    }
    agents += piece.agents.length;
    hash = piece.hash ?? hash;
  }
  put(chunker.end(hash), true);
  return { strings, agents, chunks };
}
