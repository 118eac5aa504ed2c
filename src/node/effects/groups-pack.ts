import { GroupsChunker } from '../../agents/groups-chunk.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_COMMAND_STRINGS } from '../../protocol/limits.ts';
import { encodeChunks, MAX_STRING_CHUNKS } from './agent-chunks.ts';
import type { GroupsPiece } from './groups-pages.ts';

/** Agents with their groups as they travel. */
export interface PackedGroups {
  readonly strings: readonly Uint8Array[];
  readonly agents: number;
  readonly chunks: number;
}

/** Chunks of one string, and strings of one command, that a peer takes. */
export interface PackLimits {
  readonly maxChunks: number;
  readonly maxStrings: number;
}

const usual: PackLimits = { maxChunks: MAX_STRING_CHUNKS, maxStrings: MAX_COMMAND_STRINGS };
/** A node of Wazuh 4.x takes one string, and reads it as a whole. */
export const oneString: PackLimits = { maxChunks: MAX_STRING_CHUNKS * MAX_COMMAND_STRINGS, maxStrings: 1 };

/** Packs what comes, piece by piece, into as many strings as it takes. Rejects with 3113 if that is more than may travel. */
export async function packGroups(
  pieces: AsyncIterable<GroupsPiece>,
  { maxChunks, maxStrings }: PackLimits = usual,
): Promise<PackedGroups> {
  const strings: Uint8Array[] = [];
  const chunker = new GroupsChunker();
  let waiting: string[] = [];
  let agents = 0;
  let chunks = 0;
  const put = async (chunk: string, isLast: boolean) => {
    chunks += 1;
    waiting.push(chunk);
    if (waiting.length < maxChunks && !isLast) return;
    if (strings.length === maxStrings) {
      throw new MusterError(3113, `the groups of ${agents} agents take more than ${maxStrings} strings`);
    }
    strings.push(
      await encodeChunks({
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
      if (full !== null) await put(full, false);
    }
    agents += piece.agents.length;
    hash = piece.hash ?? hash;
  }
  await put(chunker.end(hash), true);
  return { strings, agents, chunks };
}
