import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_METADATA_BYTES, MAX_SET_FILES } from '../../src/files/limits.ts';
import { Home } from '../files/fixture.ts';
import type { ListCost } from './list-cost.ts';

const METADATA = JSON.stringify({
  mod_time: 1_700_000_000.125,
  cluster_item_key: 'etc/rules/',
  merged: false,
  hash: 'ab'.repeat(64),
  size: 1_000,
});
const INDEX_DIGITS = 6;

/** As many items as a list may have bytes. */
function filled(open: string, item: string, close: string): Buffer {
  const count = Math.floor((MAX_METADATA_BYTES - open.length - close.length) / (item.length + 1)) - 1;
  return Buffer.from(open + `${item},`.repeat(count) + item + close);
}

/** The largest list that is in order: as many files as there may be, and paths as long as their number allows. */
export function largestList(letter: string): Buffer {
  const fixedBytes = METADATA.length + '"etc/rules///":,'.length + Buffer.byteLength(letter) + INDEX_DIGITS;
  // Two directories: a name has at most 255 bytes.
  const nameChars = Math.floor((MAX_METADATA_BYTES / MAX_SET_FILES - fixedBytes - 1) / 2);
  const names = `${'x'.repeat(nameChars)}/${'x'.repeat(nameChars)}`;
  const path = (i: number) => `etc/rules/${letter}${names}/${i.toString().padStart(INDEX_DIGITS, '0')}`;
  const files = Array.from({ length: MAX_SET_FILES }, (_, i) => `"${path(i)}":${METADATA}`);
  return Buffer.from(`{${files.join(',')}}`);
}

/** The list in order to which the others are compared. */
export const LARGEST = 'as large as one may be';

/** A list, and how it ends: with a round, or this error. */
interface HeavyList {
  readonly make: () => Buffer;
  readonly code: number | null;
}

/** Lists that cost more than their bytes tell. */
export const LISTS: Readonly<Record<typeof LARGEST, HeavyList> & Record<string, HeavyList>> = {
  'of empty arrays': { make: () => filled('[', '[]', ']'), code: 3113 },
  'of empty maps': { make: () => filled('[', '{}', ']'), code: 3113 },
  'of paths that are nothing': { make: () => filled('{', '"p":0', '}'), code: 3113 },
  'of fields of one file': { make: () => filled('{"p":{', '"size":1.5', '}}'), code: 3113 },
  'that is one number': { make: () => filled('', '1'.repeat(MAX_METADATA_BYTES - 2), ''), code: 3036 },
  'that is one text of wide letters': {
    make: () => Buffer.from(`"個${'x'.repeat(MAX_METADATA_BYTES - 5)}"`),
    code: 3036,
  },
  [LARGEST]: { make: () => largestList('x'), code: null },
  'as large as one may be, of wide letters': { make: () => largestList('個'), code: null },
};

/** Has a list read by a master's thread in a process of its own. */
export async function costOfList(bytes: Buffer): Promise<ListCost> {
  using home = new Home();
  const file = join(home.path, 'queue/cluster/metadata');
  writeFileSync(file, bytes);
  const child = fork(join(import.meta.dirname, 'list-cost.ts'), [home.path, file], {
    execArgv: ['--expose-gc'],
  });
  const [cost] = (await once(child, 'message')) as [ListCost];
  child.disconnect();
  return cost;
}
