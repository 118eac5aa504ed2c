import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { sentFileName } from '../../machines/transfer/sent-file.ts';
import { wazuh4PackageName } from '../../src/node/effects/pack-wazuh4-set.ts';
import { clearIncoming, prepareSpool } from '../../src/node/spool.ts';
import { temporaryHome } from '../config/temporary-home.ts';

const DIGEST = 'd'.repeat(128);
const NOW_MS = 1_795_423_724_040;

/** What is left of these files that arrived from a node, or for it. */
function leftOf(node: string, names: readonly string[], clear: (home: string) => void): string[] {
  const home = temporaryHome(
    Object.fromEntries(names.map((name) => [`queue/cluster/${node}/${name}`, 'content'])),
  );
  clear(home);
  return readdirSync(join(home, 'queue/cluster', node)).sort();
}

for (const [when, clear] of [
  ['a node starts', (_node: string) => prepareSpool],
  ['a process begins', (node: string) => (home: string) => clearIncoming(home, node)],
] as const) {
  it(`when ${when}, what was for an earlier process goes, content becomes a part, and what somebody has sent stays`, () => {
    const ofProcesses = ['integrity-7-1.json', `${DIGEST}.meta`];
    const sent = ['sent-report.json', 'sent-list.meta', 'sent-tools.zip', 'sent-notes.txt'];
    const names = [...ofProcesses, ...sent, `${DIGEST}.bin`];
    assert.deepEqual(leftOf('worker1', names, clear('worker1')), [`${DIGEST}.part`, ...sent].sort());
  });

  it(`when ${when}, packages and lists of Wazuh 4.x go, also those of a worker that is called as if it had been sent`, () => {
    for (const node of ['worker1', 'sent-1', 'node-2.example']) {
      // As versions 4.3 and later name them, as earlier ones did, and as ours.
      const packages = [
        `${node}-1795423724.04-0f8fad5bd9cb469fa16570867728950e.zip`,
        `${node}-1795423724.0404253-7463829102.zip`,
        wazuh4PackageName(node, NOW_MS),
      ];
      assert.deepEqual(leftOf(node, [...packages, 'sent-a.zip'], clear(node)), ['sent-a.zip'], node);
    }
  });
}

it('a file that is sent is never taken for a package, whatever it is called', () => {
  const name = sentFileName(wazuh4PackageName('worker1', NOW_MS));
  assert.match(name, /^sent-worker1-1795423724\.040000-[0-9a-f]{32}_zip$/);
  assert.deepEqual(
    leftOf('worker1', [name], (home) => clearIncoming(home, 'worker1')),
    [name],
  );
});

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
