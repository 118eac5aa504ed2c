import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { prepareSpool } from '../../src/node/spool.ts';

it('a home in which nothing can be made for what travels is told of with the place and what to do', () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-spool-'));
  try {
    mkdirSync(join(home, 'queue'));
    writeFileSync(join(home, 'queue/cluster'), 'a file');
    assert.throws(() => prepareSpool(home), {
      code: 3119,
      message: /queue\/cluster.*a file stands where a directory is needed/,
    });
  } finally {
    rmSync(home, { recursive: true });
  }
});
