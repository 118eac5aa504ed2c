import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemWords } from '../../config/system-words.ts';
import { MusterError } from '../../protocol/errors.ts';
import { isGroupName } from '../../registration/group-name.ts';
import { DEFAULT_GROUP, leaveGroup } from './agent-groups.ts';
import type { AgentDatabase } from './database.ts';
import type { MirrorWork } from './registry-mirror.ts';

/** Each directory in it is a group. */
const DIRECTORY = 'etc/shared';

/**
 * Mirrors the directories of groups. On a worker a group stays, directory or not, while agents are in it: who is in which
 * group says the master, and a directory without files does not travel.
 */
export class GroupMirror {
  readonly #database: AgentDatabase;
  /** What the tables agree with: names, and the revision of the tables. */
  #done: string | null = null;
  /** Groups without a directory that agents are in. */
  #kept: number[] = [];

  constructor(database: AgentDatabase) {
    this.#database = database;
  }

  /** True if there is no more to do. */
  step(work: MirrorWork): boolean {
    const names = directoriesIn(join(this.#database.home, DIRECTORY));
    const seen = `${this.#database.registryRevision} ${names?.join('/')}`;
    if (seen === this.#done && this.#kept.every((id) => this.#hasMembers(id))) return true;
    this.#kept = [];
    const wanted = new Set([DEFAULT_GROUP, ...(names ?? []).filter(isGroupName)]);
    const present = new Map(
      this.#database.all('SELECT id, name FROM `group`').map(({ id, name }) => [String(name), Number(id)]),
    );
    for (const name of wanted) if (!present.has(name)) this.#insert(name, work);
    // No directory at all says nothing: it may be about to be made.
    if (names !== null) {
      for (const [name, id] of present) {
        if (wanted.has(name)) continue;
        if (!this.#database.isMaster && this.#hasMembers(id)) this.#kept.push(id);
        else this.#remove(id, work);
      }
    }
    if (work.room <= 0) return false;
    for (const name of names ?? []) {
      if (!isGroupName(name)) work.errors.push(`${DIRECTORY}/${name}: no group can have this name`);
    }
    this.#done = seen;
    return true;
  }

  /** Forgets what it has seen. */
  restart(): void {
    this.#done = null;
  }

  #hasMembers(id: number): boolean {
    return this.#database.get('SELECT 1 FROM belongs WHERE id_group = ? LIMIT 1', id) !== undefined;
  }

  #insert(name: string, work: MirrorWork): void {
    if (work.room <= 0) return;
    this.#database.beginWrite();
    this.#database.run('INSERT INTO `group` (name) VALUES (?)', name);
    work.groups.inserted += 1;
    work.room -= 1;
  }

  /** Its members leave before it goes. */
  #remove(id: number, work: MirrorWork): void {
    if (work.room <= 0) return;
    this.#database.beginWrite();
    const select = 'SELECT id_agent FROM belongs WHERE id_group = ? LIMIT ?';
    const members = this.#database.all(select, id, work.room);
    for (const { id_agent } of members) leaveGroup(this.#database, Number(id_agent), id);
    work.room -= members.length;
    if (work.room <= 0) return;
    this.#database.run('DELETE FROM `group` WHERE id = ?', id);
    work.groups.deleted += 1;
    work.room -= 1;
  }
}

/** Names of the directories, sorted; null where there is no such place. Throws 3119. */
function directoriesIn(path: string): string[] | null {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
  }
}
