import type { GroupsStored } from '../../../machines/agent-groups/report.ts';
import { parseGroupsChunk } from '../../agents/groups-chunk.ts';
import { MAX_CHUNK_BYTES } from '../../agents/limits.ts';
import type { AgentGroups, AgentStore, GroupsChunkWritten } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ERROR_MESSAGES } from '../../protocol/limits.ts';
import { type ChunkTexts, chunkError } from './agent-chunks.ts';

/** The groups of agents as they were sent, joined by commas. */
export type SentGroups = ReadonlyMap<number, string>;

/** Gets the agents of a chunk. */
type Note = (agents: readonly AgentGroups[]) => void;

/** What became of strings of agent-groups. */
export interface GroupsWritten {
  readonly stored: GroupsStored;
  /** False if something could not be read: it may have named anybody. */
  readonly wasUnderstood: boolean;
}

/**
 * Gives the agents of these strings their groups, one chunk after the other, until somebody wants no more of them. Groups
 * that are not known here are made: which there are says the master, and one without files shows nowhere else. Rejects with
 * 3037 if the store fails as a whole. `note`: gets what each chunk said.
 */
export async function storeGroups(
  store: AgentStore,
  strings: AsyncIterable<ChunkTexts>,
  signal: AbortSignal,
  note: Note | null = null,
): Promise<GroupsWritten> {
  const errors: string[] = [];
  let wasUnderstood = true;
  let masterHash: string | null | undefined;
  let receivedChunks = 0;
  let updatedChunks = 0;
  for await (const chunks of strings) {
    for (const chunk of chunks) {
      signal.throwIfAborted();
      receivedChunks += 1;
      const written = await write(store, chunk, note);
      masterHash = written.hash;
      wasUnderstood &&= written.wasUnderstood;
      if (written.errors.length === 0) updatedChunks += 1;
      else if (errors.length < MAX_ERROR_MESSAGES) {
        errors.push(chunkError(`chunk ${receivedChunks}`, written.errors));
      }
    }
  }
  return { stored: { receivedChunks, updatedChunks, errors, masterHash }, wasUnderstood };
}

/** Takes the groups of all other agents away. Rejects with 3037. */
export async function clearOtherGroups(
  store: AgentStore,
  sent: SentGroups,
  signal: AbortSignal,
): Promise<void> {
  for (let afterId = 0, isLast = false; !isLast; ) {
    signal.throwIfAborted();
    const page = await asWhole(() => store.groupHashes(afterId));
    const others = page.agents.filter(({ id, hash }) => hash !== null && !sent.has(id));
    if (others.length > 0) {
      await override(
        store,
        others.map(({ id }) => ({ id, groups: [] })),
      );
    }
    ({ lastId: afterId, isLast } = page);
  }
}

const override = (store: AgentStore, agents: readonly AgentGroups[]) =>
  asWhole(() => store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents }));

async function write(store: AgentStore, chunk: string, note: Note | null): Promise<GroupsChunkWritten> {
  const sizeBytes = Buffer.byteLength(chunk);
  if (sizeBytes > MAX_CHUNK_BYTES) {
    const error = `it has ${sizeBytes} bytes; at most ${MAX_CHUNK_BYTES}`;
    return { errors: [error], wasUnderstood: false, hash: undefined };
  }
  note?.(parseGroupsChunk(chunk).agents);
  return await asWhole(() => store.writeAgentGroups(chunk));
}

async function asWhole<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw new MusterError(3037, MusterError.from(error).toLog(), { cause: error });
  }
}
