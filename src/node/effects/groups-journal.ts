import type { AgentGroups } from '../../agents/store.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';

/** Agents of all versions that are remembered, together; the latest version is remembered whatever its size. */
export const MAX_JOURNAL_AGENTS = 200_000;
/** Versions that are remembered. */
export const MAX_JOURNAL_VERSIONS = 1_000;

/** What one version has: the groups that were new, and the checksum over all agents. */
export interface GroupsVersion {
  readonly agents: readonly AgentGroups[];
  readonly hash: string | null;
}

/** What leads from one version to another. */
export interface GroupsDifference extends GroupsVersion {
  readonly isComplete: boolean;
}

/** What was published of agent-groups, by version: bounded, the oldest are forgotten first. */
export class GroupsJournal {
  readonly #versions = new Map<number, GroupsVersion>();
  #agents = 0;

  /** Agents of all versions together. */
  get agents(): number {
    return this.#agents;
  }

  /** 0 before the first. */
  get lastVersion(): number {
    return this.versions.at(-1) ?? 0;
  }

  get versions(): readonly number[] {
    return [...this.#versions.keys()];
  }

  add(version: number, content: GroupsVersion): void {
    this.#versions.set(version, content);
    this.#agents += content.agents.length;
    for (const oldest of this.#versions.keys()) {
      const isFull = this.#agents > MAX_JOURNAL_AGENTS || this.#versions.size > MAX_JOURNAL_VERSIONS;
      if (!isFull || oldest === version) break;
      this.#drop(oldest);
    }
  }

  /**
   * What the versions after `since` up to `version` have, each agent once as it was last. Not complete, and without agents,
   * if these are not all remembered, or `since` is 0, of which nobody knows what it had: that shows in the checksum. Throws
   * 1000 if the version itself is not remembered.
   */
  between(since: number, version: number): GroupsDifference {
    const hash = this.#versions.get(version)?.hash;
    if (hash === undefined) {
      throw new MusterError(INTERNAL_ERROR, `version ${version} of the agent-groups is not remembered`);
    }
    const latest = new Map<number, AgentGroups>();
    for (let number = since + 1; number <= version; number += 1) {
      const content = this.#versions.get(number);
      if (content === undefined) return { agents: [], hash, isComplete: false };
      for (const agent of content.agents) latest.set(agent.id, agent);
    }
    return { agents: [...latest.values()], hash, isComplete: since > 0 };
  }

  /** Everybody who is known has this version: nobody is going to ask for what led to it. */
  forgetUpTo(version: number): void {
    const latest = this.lastVersion;
    for (const number of this.#versions.keys()) {
      if (number > version || number === latest) break;
      this.#drop(number);
    }
  }

  #drop(version: number): void {
    this.#agents -= this.#versions.get(version)?.agents.length ?? 0;
    this.#versions.delete(version);
  }
}
