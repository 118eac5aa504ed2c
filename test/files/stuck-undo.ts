import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { refusal } from './faults.ts';
import type { Contents, Home } from './fixture.ts';
import { play, roundBetween } from './round.ts';

export const OLD: Contents = { 'etc/rules/a': 'old a', 'etc/rules/b': 'old b', 'etc/rules/gone': 'old' };
export const NEW: Contents = { 'etc/rules/a': 'new a', 'etc/rules/b': 'new b', 'etc/rules/new': 'new' };
/** What is in the way of the undoing: a directory where a file was, with a file that is never synchronised. */
export const OBSTACLE = 'etc/rules/a';

/** In a home that holds the old set, applies the new one as far as it goes, so that it can be neither completed nor undone. */
export async function getStuck(home: Home): Promise<void> {
  const fs: SyncFileSystem = {
    ...realFileSystem,
    rename: (from, to) => {
      if (!to.endsWith('/rules/b')) return realFileSystem.rename(from, to);
      rmSync(join(home.path, OBSTACLE), { recursive: true, force: true });
      home.write({ [`${OBSTACLE}/ossec.conf`]: 'in the way' });
      throw refusal('EBUSY', 'rename');
    },
  };
  const round = await roundBetween(OLD, NEW);
  assert.throws(() => play(round, home, fs), {
    code: 3128,
    message: /etc\/rules\/b: EBUSY.*undone.*etc\/rules\/a/,
  });
}

/** Takes away what is in the way of the undoing. */
export function makeWay(home: Home): void {
  home.remove(OBSTACLE);
}
