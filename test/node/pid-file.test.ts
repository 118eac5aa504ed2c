import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writePidFile } from '../../src/node/pid-file.ts';
import { waitFor } from '../harness/wait-for.ts';

describe('the PID file by which other programs of an installation know the cluster daemon', () => {
  let home: string;
  let run: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'muster-pid-'));
    run = join(home, 'var/run');
    mkdirSync(run, { recursive: true });
  });
  after(() => rmSync(home, { recursive: true }));

  it('is there while the node runs, and holds its number', () => {
    const remove = writePidFile(home);
    const path = join(run, `wazuh-clusterd-${process.pid}.pid`);
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
    remove();
    assert.ok(!existsSync(path));
  });

  it('takes those away that a daemon and its children have left, and no other', () => {
    // Numbers beyond all processes, and one that something else has now.
    for (const name of [
      'wazuh-clusterd-9999999.pid',
      'wazuh-clusterd_child_1-9999998.pid',
      'wazuh-clusterd-1.pid',
    ])
      writeFileSync(join(run, name), '');
    writeFileSync(join(run, 'wazuh-remoted-9999999.pid'), '');
    const remove = writePidFile(home);
    assert.deepEqual(readdirSync(run).sort(), [
      `wazuh-clusterd-${process.pid}.pid`,
      'wazuh-remoted-9999999.pid',
    ]);
    remove();
  });

  for (const name of ['wazuh-clusterd', '/var/ossec/framework/scripts/wazuh_clusterd.py'])
    it(`is not written where the original runs as ${name}, which is told with its number`, async () => {
      const original = spawn('sleep', ['100'], { argv0: name });
      try {
        await waitFor('the process to have its name', () =>
          readFileSync(`/proc/${original.pid}/cmdline`, 'utf8').startsWith(name),
        );
        writeFileSync(join(run, `wazuh-clusterd-${original.pid}.pid`), '');
        assert.throws(() => writePidFile(home), {
          code: 3117,
          message: new RegExp(`process ${original.pid}\\b`),
        });
        assert.ok(existsSync(join(run, `wazuh-clusterd-${original.pid}.pid`)));
      } finally {
        original.kill('SIGKILL');
      }
    });
});
