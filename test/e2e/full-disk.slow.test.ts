import { join } from 'node:path';
import { testInNamespace } from '../harness/mount-namespace.ts';

testInNamespace(
  'a worker whose disk was filled by a set that had no room takes the next set, which has: what is left of the first gives way',
  join(import.meta.dirname, 'full-disk.ts'),
);

testInNamespace(
  'a worker that has room for a set, and not for the packages that brought it, keeps none of them and takes the set',
  join(import.meta.dirname, 'tight-disk.ts'),
);

testInNamespace(
  'a worker that has no room for a set beside the one before takes it in smaller rounds, each of which frees what it replaces',
  join(import.meta.dirname, 'small-rounds.ts'),
);

testInNamespace(
  'a node that is started on a full disk says why and ends with 1, within seconds, although its log has no room either',
  join(import.meta.dirname, 'full-disk-start.ts'),
);
