import { setImmediate } from 'node:timers/promises';
import type { AgentGroups, AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { GroupsVersion } from './groups-journal.ts';

/** Agents that are taken from a list at a time: other work goes on between two pieces. */
const AGENTS_OF_PIECE = 1_000;

/** A part of many agents with their groups. */
export interface GroupsPiece {
  readonly agents: readonly AgentGroups[];
  /** Of the last piece: the checksum over all agents, null if none has groups. */
  readonly hash?: string | null;
}

/** All of these agents that a store has, page by page. */
export async function* pagesOf(
  store: AgentStore,
  which: 'unsynced' | 'all',
  signal: AbortSignal,
): AsyncGenerator<GroupsPiece> {
  for (let afterId = 0; ; ) {
    const page = await store.groupsToSend({ agents: which, afterId, withHash: true });
    signal.throwIfAborted();
    if (page.isLast) {
      yield { agents: page.agents, hash: page.hash ?? null };
      return;
    }
    if (page.lastId <= afterId) throw new MusterError(2007, 'a list of agents goes on for ever');
    yield page;
    afterId = page.lastId;
  }
}

/** What is at hand, piece by piece. */
export async function* piecesOf(
  { agents, hash }: GroupsVersion,
  signal: AbortSignal,
): AsyncGenerator<GroupsPiece> {
  for (let at = 0; at < agents.length; at += AGENTS_OF_PIECE) {
    yield { agents: agents.slice(at, at + AGENTS_OF_PIECE) };
    await setImmediate();
    signal.throwIfAborted();
  }
  yield { agents: [], hash };
}
