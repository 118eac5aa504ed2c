import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { inHome } from '../../config/home.ts';
import { checkJson, readJsonFile } from '../../config/json-file.ts';
import { fileSystemError } from '../../config/system-words.ts';
import { MusterError } from '../../protocol/errors.ts';
import { withFileLock } from '../../registration/file-lock.ts';
import { replaceFile } from '../../registration/replace-file.ts';
import { MAX_PASSWORD_CHARS, MAX_USERS, MIN_PASSWORD_CHARS } from '../limits.ts';
import { hashPassword, isPassword, isStoredPassword } from './password.ts';

/** `readonly` may look at everything that is no secret; `administrator` may change things, and read keys of agents. */
export const role = z.enum(['readonly', 'administrator']);
export type Role = z.infer<typeof role>;

export const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Nobody else reads hashes of passwords. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o750;
/** 24 characters: more than anybody guesses. */
const RANDOM_PASSWORD_BYTES = 18;
/** The file is looked at again at most so often. */
const LOOK_EVERY_MS = 500;
/** A turn to write takes some milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;

const user = z.strictObject({
  role,
  password: z.string().refine(isStoredPassword, 'a hash made by `muster api user`'),
  /** Rises with each change of the password and each log-out: tokens of before are void. */
  generation: z.int().min(0),
});
const usersFile = z.strictObject({
  users: z
    .record(z.string().regex(USER_NAME), user)
    .refine((users) => Object.keys(users).length <= MAX_USERS, `at most ${MAX_USERS} users`),
});

type User = z.infer<typeof user>;

/** Throws 3406. */
function existing(name: string, found: User | undefined): User {
  if (found === undefined) throw new MusterError(3406, name);
  return found;
}

/** The same user, whose tokens of before are void. */
const next = (user: User): User => ({ ...user, generation: user.generation + 1 });

export interface KnownUser {
  readonly name: string;
  readonly role: Role;
  readonly generation: number;
}

/**
 * Who may use the API of a home: `etc/api/users.json`, written whole or not at all, and read anew when it changes, and
 * before it is written: other processes write it too. What takes time is done before that.
 */
export class Users {
  readonly #path: string;
  #users: ReadonlyMap<string, User> = new Map();
  #stamp = '';
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Throws 3404 for a file that is not one of users, or that others may read. */
  static async open(home: string): Promise<Users> {
    const users = new Users(inHome(home, 'apiUsers'));
    await users.#look(true);
    return users;
  }

  get list(): KnownUser[] {
    return [...this.#users].map(([name, { role, generation }]) => ({ name, role, generation }));
  }

  /** The user as the file has it now; null if there is none. */
  async find(name: string): Promise<KnownUser | null> {
    await this.#look();
    const found = this.#users.get(name);
    return found === undefined ? null : { name, role: found.role, generation: found.generation };
  }

  /** The user with this name and password, or null; takes the same time for both. */
  async check(name: string, password: string): Promise<KnownUser | null> {
    // Whoever was added a moment ago can log in; beside the hash of a password a look at the file costs nothing.
    await this.#look(true);
    const isRight = await isPassword(password, this.#users.get(name)?.password ?? null);
    return isRight ? this.find(name) : null;
  }

  /** Throws 3405 if there is one of that name, 3403 for a name or password that is not allowed. */
  async add(name: string, role: Role, password: string): Promise<void> {
    if (!USER_NAME.test(name)) {
      throw new MusterError(3403, `${name}: letters, digits, dot, dash and underscore, at most 64`);
    }
    const stored = await hashPassword(allowed(password));
    await this.#change(name, (found) => {
      if (found !== undefined) throw new MusterError(3405, name);
      if (this.#users.size >= MAX_USERS) throw new MusterError(3403, `at most ${MAX_USERS}`);
      return { role, password: stored, generation: firstGeneration() };
    });
  }

  /** Throws 3406 if there is nobody of that name. */
  async remove(name: string): Promise<void> {
    await this.#change(name, (found) => {
      existing(name, found);
      return null;
    });
  }

  async setPassword(name: string, password: string): Promise<void> {
    const stored = await hashPassword(allowed(password));
    await this.#change(name, (found) => ({ ...next(existing(name, found)), password: stored }));
  }

  /** All tokens of the user are void from now on. */
  async revokeTokens(name: string): Promise<void> {
    await this.#change(name, (found) => next(existing(name, found)));
  }

  /** Changes one user, or removes it by null: what another process wrote meanwhile is looked at, and stays. Throws 3211. */
  async #change(name: string, change: (found: User | undefined) => User | null): Promise<void> {
    do await this.#look(true);
    while (!this.#writeUnlessChanged(name, change(this.#users.get(name))));
  }

  /** False if the file is no longer what was read. */
  #writeUnlessChanged(name: string, user: User | null): boolean {
    const users = new Map(this.#users);
    if (user === null) users.delete(name);
    else users.set(name, user);
    const text = JSON.stringify({ users: Object.fromEntries(users) }, null, 2);
    makeDirectory(dirname(this.#path));
    const write = () => {
      if (this.#stampOfFile() !== this.#stamp) return false;
      replaceFile(this.#path, Buffer.from(`${text}\n`), FILE_MODE);
      this.#users = users;
      this.#stamp = this.#stampOfFile();
      return true;
    };
    return withFileLock(`${this.#path}.lock`, write, LOCK_TIMEOUT_MS);
  }

  async #look(isUrgent = false): Promise<void> {
    if (!isUrgent && performance.now() - this.#lookedAtMs < LOOK_EVERY_MS) return;
    const stamp = this.#stampOfFile();
    this.#lookedAtMs = performance.now();
    if (stamp === this.#stamp) return;
    try {
      const file = await readJsonFile(this.#path);
      this.#users = new Map(file === null ? [] : Object.entries(checkJson(usersFile, file.raw).users));
      this.#stamp = stamp;
    } catch (error) {
      throw new MusterError(3404, `${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }

  #stampOfFile(): string {
    const stats = statSync(this.#path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) return 'none';
    if ((stats.mode & 0o077n) !== 0n) {
      throw new MusterError(3404, `${this.#path}: others may read it; chmod 600`);
    }
    return `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
  }
}

/** A user that is removed and made anew does not wake tokens of before. */
const firstGeneration = () => Date.now();

function allowed(password: string): string {
  if (password.length >= MIN_PASSWORD_CHARS && password.length <= MAX_PASSWORD_CHARS) return password;
  throw new MusterError(
    3403,
    `a password has ${MIN_PASSWORD_CHARS} to ${MAX_PASSWORD_CHARS} characters, this one ${password.length}`,
  );
}

export const randomPassword = (): string => randomBytes(RANDOM_PASSWORD_BYTES).toString('base64url');

export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    throw fileSystemError(path, error);
  }
}
