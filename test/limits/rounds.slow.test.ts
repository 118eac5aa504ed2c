import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MAX_ROUNDS_BYTES } from '../../src/files/limits.ts';
import { encodeMetadata } from '../../src/files/manifest.ts';
import type { FileMetadata } from '../../src/files/metadata.ts';
import { Rounds } from '../../src/files/rounds.ts';
import type { ScanState } from '../../src/files/scan-state.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { filesConfig, Home } from '../files/fixture.ts';
import { largestList } from './lists.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const home = new Home();
after(() => home[Symbol.dispose]());
const file = join(home.path, 'queue/cluster/metadata');

/** What a thread of the scans answers with a round, as if this were the set of the master. */
function roundsOf(files: ReadonlyMap<string, FileMetadata>) {
  const rounds = new Rounds();
  const state = { digest: 'd', files } as unknown as ScanState;
  const order = { home: home.path, config: filesConfig, file, limitBytes: Number.MAX_SAFE_INTEGER };
  return {
    rounds,
    open: (list: Uint8Array) => {
      writeFileSync(file, list);
      return rounds.open(state, order);
    },
  };
}

describe('what the rounds of all workers can hold together', () => {
  it('workers with the largest lists that there are get as many rounds as have room, and the others an error', () => {
    const { rounds, open } = roundsOf(new Map());
    const idleBytes = heldBytes();
    const codes = [...'abcd'].map((letter) => {
      try {
        const { round } = open(largestList(letter));
        rounds.encodedManifest(round, { without: [] });
        return null;
      } catch (error) {
        return MusterError.from(error).code;
      }
    });
    assert.deepEqual([codes[0], codes[1], codes.at(-1)], [null, null, 3110]);
    const bytes = heldBytes() - idleBytes;
    assert.ok(bytes <= MAX_ROUNDS_BYTES && bytes > MAX_ROUNDS_BYTES / 4, `${bytes} bytes`);
  });

  const FILES = 100_000;
  const WORKERS = 25;
  const metadata: FileMetadata = {
    mod_time: 1,
    cluster_item_key: 'etc/rules/',
    merged: false,
    hash: 'a'.repeat(128),
    size: 1,
  };
  const set = (count: number, more: string[] = []) =>
    new Map([
      ...Array.from(
        { length: count },
        (_, i) => [`etc/rules/some-directory/file-${i}.xml`, metadata] as const,
      ),
      ...more.map((path) => [path, metadata] as const),
    ]);

  it('25 workers with 100,000 files each that share lists all have room, whatever else a few of them have', () => {
    const { open } = roundsOf(set(FILES));
    const lists = [set(FILES / 2), set(FILES, ['etc/rules/own']), set(0)].map(encodeMetadata);
    for (let worker = 0; worker < WORKERS; worker += 1) open(lists[worker % lists.length] as Uint8Array);
  });

  it('so have 25 whose lists all differ, and that lack all 100,000 files', () => {
    const { open } = roundsOf(set(FILES));
    for (let worker = 0; worker < WORKERS; worker += 1)
      open(encodeMetadata(set(0, [`etc/rules/own-${worker}`])));
  });
});
