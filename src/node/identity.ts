import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileSystemError } from '../config/system-words.ts';
import { realFileSystem } from '../files/ports.ts';

const IDENTITY_FILE = 'queue/cluster/.node-id';
const NODE_ID = /^[0-9a-f]{32}$/;

/** What tells this node from another one that was given the same name. */
export interface NodeIdentity {
  /** 32 hex digits, made once for a home and kept. */
  readonly node: string;
  /** A number that is higher at every call, also after a restart, as long as the clock does not go back. */
  nextSession(): number;
}

/** Reads the identity of a home, or makes it. Throws 3119. */
export function nodeIdentity(home: string, now: () => number): NodeIdentity {
  const path = join(home, IDENTITY_FILE);
  const node = readIdentity(path) ?? makeIdentity(path);
  let last = 0;
  return {
    node,
    nextSession() {
      last = Math.max(last + 1, now());
      return last;
    },
  };
}

function readIdentity(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return NODE_ID.test(text) ? text : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileSystemError(path, error);
  }
}

function makeIdentity(path: string): string {
  const node = randomBytes(16).toString('hex');
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o770 });
    // One that is lost with the power would make the node another one, which its master refuses as long as it takes the
    // connection of the first for alive.
    realFileSystem.writeDurably(`${path}.tmp`, Buffer.from(`${node}\n`), 0o640);
    renameSync(`${path}.tmp`, path);
    realFileSystem.syncDirectory(dirname(path));
  } catch (error) {
    throw fileSystemError(path, error);
  }
  return node;
}
