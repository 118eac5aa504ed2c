import { join } from 'node:path';
import { testInNamespace } from '../harness/mount-namespace.ts';

testInNamespace(
  'a log whose disk is full says so once, then once a minute with a count, and once when it is well; its lines are not lost',
  join(import.meta.dirname, 'full-disk-log.ts'),
);
