import { statSync } from 'node:fs';
import { inHome } from '../../config/home.ts';
import { systemWords } from '../../config/system-words.ts';
import { MusterError } from '../../protocol/errors.ts';
import { type ClientKey, clientKeyLines, type KeyLine } from '../../registration/client-keys.ts';
import { RegistrationTimes } from '../../registration/registration-times.ts';
import type { AgentDatabase } from './database.ts';
import type { MirrorWork } from './registry-mirror.ts';

/** A way through the file and the table. */
interface Pass {
  /** The file when it was read. */
  readonly file: string;
  /** That, and the revision of the table. */
  readonly seen: string;
  readonly lines: Iterator<KeyLine, void>;
  readonly times: RegistrationTimes;
  /** Ids that may stand in the table. */
  readonly ids: Set<number>;
  lineNumber: number;
  /** Up to it the table was looked at for agents that are gone. */
  lastId: number;
}

const SELECT = 'SELECT name, register_ip, internal_key FROM agent WHERE id = ?';
const INSERT =
  'INSERT INTO agent (id, name, register_ip, internal_key, date_add, `group`) VALUES (?, ?, ?, ?, ?, NULL)';
const UPDATE = 'UPDATE agent SET name = ?, register_ip = ?, internal_key = ? WHERE id = ?';

/** Mirrors the agents of client.keys: first those that it has, then those that it has no more. */
export class AgentMirror {
  readonly #database: AgentDatabase;
  readonly #path: string;
  #pass: Pass | null = null;
  /** What the table agrees with. */
  #done: string | null = null;

  constructor(database: AgentDatabase) {
    this.#database = database;
    this.#path = inHome(database.home, 'clientKeys');
  }

  /** True if there is no more to do. */
  step(work: MirrorWork): boolean {
    const file = identityOf(this.#path);
    const seen = `${this.#database.registryRevision} ${file}`;
    if (this.#pass === null && seen === this.#done) return true;
    // No file at all says nothing: it may be about to come.
    if (file === null) this.#pass = null;
    else this.#pass ??= this.#begin(file, seen);
    const pass = this.#pass;
    if (pass === null) return true;
    const isStale = file !== pass.file;
    // Whoever was registered since it was read is not to be taken for gone.
    const isThrough = this.#enter(pass, work) && (isStale || this.#removeGone(pass, work));
    if (!isThrough) return false;
    this.#pass = null;
    if (!isStale) this.#done = pass.seen;
    return this.#done === seen;
  }

  /** Forgets what it has seen. */
  restart(): void {
    this.#pass = null;
    this.#done = null;
  }

  #begin(file: string, seen: string): Pass | null {
    const lines = clientKeyLines(this.#database.home);
    const times = new RegistrationTimes(this.#database.home);
    return lines && { file, seen, lines, times, ids: new Set(), lineNumber: 0, lastId: 0 };
  }

  /** True at the end of the file. */
  #enter(pass: Pass, work: MirrorWork): boolean {
    while (work.room > 0) {
      const next = pass.lines.next();
      if (next.done) return true;
      const { agent, isRemoved, complaint, id } = next.value;
      pass.lineNumber += 1;
      work.room -= 1;
      if (complaint !== null) work.errors.push(`${this.#path}, line ${pass.lineNumber}: ${complaint}`);
      if (isRemoved || id === null) continue;
      // The agent of a line that cannot be read stays as it is.
      pass.ids.add(id);
      if (agent !== null) this.#put(agent, pass.times, work);
    }
    return false;
  }

  #put({ id, name, ip, key }: ClientKey, times: RegistrationTimes, work: MirrorWork): void {
    const row = this.#database.get(SELECT, id);
    if (row === undefined) {
      this.#database.beginWrite();
      this.#database.run(INSERT, id, name, ip, key, times.of(id) ?? this.#database.nowS);
      this.#database.heldProfiles.delete(id);
      work.agents.inserted += 1;
    } else if (row.name !== name || row.register_ip !== ip || row.internal_key !== key) {
      this.#database.beginWrite();
      this.#database.run(UPDATE, name, ip, key, id);
      work.agents.updated += 1;
    }
  }

  /** True at the end of the table. */
  #removeGone(pass: Pass, work: MirrorWork): boolean {
    const rows = this.#database.all(
      'SELECT id FROM agent WHERE id > ? ORDER BY id LIMIT ?',
      pass.lastId,
      work.room,
    );
    for (const { id } of rows) {
      pass.lastId = Number(id);
      if (!pass.ids.has(pass.lastId)) this.#delete(pass.lastId, work);
    }
    const isLast = rows.length < work.room;
    work.room -= rows.length;
    return isLast;
  }

  #delete(id: number, work: MirrorWork): void {
    this.#database.beginWrite();
    this.#database.run('DELETE FROM agent WHERE id = ?', id);
    this.#database.forget();
    work.agents.deleted += 1;
  }
}

/** Tells one content of the file from another; null where there is no file. Throws 3119. */
function identityOf(path: string): string | null {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
  }
}
