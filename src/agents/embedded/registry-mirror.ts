import { MAX_MIRROR_ERRORS, MAX_MIRROR_STEPS } from '../limits.ts';
import type { MirroredPiece } from '../store-types.ts';
import { AgentMirror } from './agent-mirror.ts';
import type { AgentDatabase } from './database.ts';
import { GroupMirror } from './group-mirror.ts';

/** A piece while it is made. */
export interface MirrorWork {
  /** Steps that may still be made. */
  room: number;
  readonly agents: { inserted: number; updated: number; deleted: number };
  readonly groups: { inserted: number; deleted: number };
  readonly errors: string[];
}

/**
 * Keeps agents and groups in step with the files that a sync brings, or an administrator changes: in an existing
 * installation the modules daemon does that. It remembers what it has seen, so that nothing changed costs next to nothing.
 */
export class RegistryMirror {
  readonly #database: AgentDatabase;
  readonly #groups: GroupMirror;
  readonly #agents: AgentMirror;

  constructor(database: AgentDatabase) {
    this.#database = database;
    this.#groups = new GroupMirror(database);
    this.#agents = new AgentMirror(database);
  }

  /** A piece of the work, in a transaction of its own. Throws 3113, 3119 and what SQLite says. */
  step(): MirroredPiece {
    const work: MirrorWork = {
      room: MAX_MIRROR_STEPS,
      agents: { inserted: 0, updated: 0, deleted: 0 },
      groups: { inserted: 0, deleted: 0 },
      errors: [],
    };
    try {
      const isLast = this.#advance(work);
      return { agents: work.agents, groups: work.groups, errors: boundedErrors(work.errors), isLast };
    } catch (error) {
      // What it remembers may not have been kept.
      this.#groups.restart();
      this.#agents.restart();
      throw error;
    }
  }

  #advance(work: MirrorWork): boolean {
    try {
      return this.#groups.step(work) && this.#agents.step(work);
    } finally {
      this.#database.end();
    }
  }
}

function boundedErrors(errors: readonly string[]): string[] {
  const more = errors.length - MAX_MIRROR_ERRORS;
  return more > 0 ? [...errors.slice(0, MAX_MIRROR_ERRORS), `and ${more} more`] : [...errors];
}
