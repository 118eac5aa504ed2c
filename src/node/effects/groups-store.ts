import type { GroupsStored } from '../../../machines/agent-groups/report.ts';
import { complaintAboutGroups } from '../../agents/group-names.ts';
import { MAX_CHUNK_BYTES } from '../../agents/limits.ts';
import type { AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_ERROR_MESSAGES } from '../../protocol/limits.ts';
import { chunkError } from './agent-chunks.ts';
import { ensureGroup } from './ensure-group.ts';
import { type ParsedGroups, parseGroupsChunk } from './groups-chunks.ts';

/** The groups of agents as they were sent, joined by commas. */
export type SentGroups = ReadonlyMap<number, string>;

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
  strings: Iterable<readonly string[]>,
  signal: AbortSignal,
  note: (agents: ParsedGroups['agents']) => void = () => {},
): Promise<GroupsWritten> {
  const errors: string[] = [];
  const groups = new KnownGroups(store);
  let wasUnderstood = true;
  let masterHash: string | null | undefined;
  let receivedChunks = 0;
  let updatedChunks = 0;
  for (const chunks of strings) {
    for (const [index, chunk] of chunks.entries()) {
      signal.throwIfAborted();
      const { agents, errors: unread, hash } = read(chunk);
      masterHash = hash;
      wasUnderstood &&= unread.length === 0;
      note(agents);
      await asWhole(() => groups.make(agents));
      const written = await override(store, agents);
      const wrong = [...unread, ...written.errors];
      const where = `chunk ${receivedChunks + index + 1}`;
      if (wrong.length === 0) updatedChunks += 1;
      else if (errors.length < MAX_ERROR_MESSAGES) errors.push(chunkError(where, wrong));
    }
    receivedChunks += chunks.length;
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

/** Groups that are there, so that each is looked for once. */
class KnownGroups {
  readonly #store: AgentStore;
  readonly #names = new Set<string>();

  constructor(store: AgentStore) {
    this.#store = store;
  }

  /** Those of agents that cannot have them are left to whoever complains. */
  async make(agents: ParsedGroups['agents']): Promise<void> {
    const wanted = agents.filter((agent) => complaintAboutGroups(agent) === null);
    for (const name of new Set(wanted.flatMap(({ groups }) => groups))) {
      if (this.#names.has(name)) continue;
      await ensureGroup(this.#store, name);
      this.#names.add(name);
    }
  }
}

const override = (store: AgentStore, agents: ParsedGroups['agents']) =>
  asWhole(() => store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents }));

function read(chunk: string): ParsedGroups {
  const sizeBytes = Buffer.byteLength(chunk);
  if (sizeBytes <= MAX_CHUNK_BYTES) return parseGroupsChunk(chunk);
  const error = `it has ${sizeBytes} bytes; at most ${MAX_CHUNK_BYTES}`;
  return { agents: [], errors: [error], hash: undefined };
}

async function asWhole<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw new MusterError(3037, MusterError.from(error).toLog(), { cause: error });
  }
}
