import { join } from 'node:path';
import { testInNamespace } from '../harness/mount-namespace.ts';

const script = join(import.meta.dirname, 'small-disk.ts');
const cases: [name: string, title: string][] = [
  [
    'contents',
    'a disk that is full before all contents are staged keeps the old set, names a file, and with room the next round succeeds',
  ],
  [
    'copies',
    'a disk that is full before all copies of one content are made keeps the old set, names a file, and with room the next round succeeds',
  ],
  [
    'readOnly',
    'a directory that is mounted read-only keeps the old set everywhere, is named, and once it is writable the next round succeeds',
  ],
];
for (const [name, title] of cases) testInNamespace(title, script, name);
