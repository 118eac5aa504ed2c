import { join } from 'node:path';
import { testInNamespace } from '../harness/mount-namespace.ts';

testInNamespace(
  'a worker whose disk was filled by a set that had no room takes the next set, which has: what is left of the first gives way',
  join(import.meta.dirname, 'full-disk.ts'),
);
