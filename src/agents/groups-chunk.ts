import { ChunkBuilder } from './info-chunk.ts';
import type { AgentGroups } from './store.ts';

/** What stands around the agents of a chunk: `[{"data":[],"hash":"<40 digits>"}]`, or a bit more than that. */
const FRAME_BYTES = 80;

/** A chunk that was looked through. */
export interface ParsedGroups {
  readonly agents: readonly AgentGroups[];
  /** What was wrong with the others. */
  readonly errors: readonly string[];
  /** The checksum over all agents of the sender: null if none of them has groups, undefined if it did not come along. */
  readonly hash: string | null | undefined;
}

/** Makes chunks of agents with their groups, each of which fits a request; the last one has the hash. There is always one. */
export class GroupsChunker {
  #builder = new ChunkBuilder(FRAME_BYTES);

  /** The chunk that has become full, if one has; null otherwise. */
  add({ id, groups }: AgentGroups): string | null {
    const row = JSON.stringify({ id, groups });
    if (this.#builder.add(row)) return null;
    const full = `[{"data":${this.#builder}}]`;
    this.#builder = new ChunkBuilder(FRAME_BYTES);
    this.#builder.add(row);
    return full;
  }

  /** The last chunk. */
  end(hash: string | null): string {
    return `[{"data":${this.#builder},"hash":${JSON.stringify(hash)}}]`;
  }
}

/** Reads a chunk that a master sent. What is wrong with one agent leaves the others. */
export function parseGroupsChunk(chunk: string): ParsedGroups {
  const nothing = (error: string): ParsedGroups => ({ agents: [], errors: [error], hash: undefined });
  let content: unknown;
  try {
    content = JSON.parse(chunk);
  } catch {
    return nothing('it is not JSON');
  }
  const [first] = Array.isArray(content) ? (content as unknown[]) : [];
  if (typeof first !== 'object' || first === null) return nothing('it is no list of one object');
  const { data, hash } = first as { data?: unknown; hash?: unknown };
  if (!Array.isArray(data)) return nothing('it has no list of agents');
  if (hash !== undefined && hash !== null && typeof hash !== 'string') return nothing('its hash is no text');
  const agents: AgentGroups[] = [];
  const errors: string[] = [];
  for (const [index, item] of data.entries()) {
    if (isAgentGroups(item)) agents.push({ id: item.id, groups: item.groups });
    else errors.push(`element ${index} is no agent with groups`);
  }
  return { agents, errors, hash };
}

/** The manager itself, 0, has no groups. */
function isAgentGroups(item: unknown): item is AgentGroups {
  if (typeof item !== 'object' || item === null) return false;
  const { id, groups } = item as Record<string, unknown>;
  return (
    Number.isSafeInteger(id) &&
    (id as number) > 0 &&
    Array.isArray(groups) &&
    groups.every((name) => typeof name === 'string')
  );
}
