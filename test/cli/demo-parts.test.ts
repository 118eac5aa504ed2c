import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  create,
  edit,
  editAndRestrict,
  editMany,
  move,
  Revisions,
  remove,
} from '../../src/cli/demo/changes.ts';
import { sampleFiles, writeSamples } from '../../src/cli/demo/samples.ts';
import { describeReport, describeStep } from '../../src/cli/demo/summary.ts';
import { compareTrees } from '../../src/cli/demo/trees.ts';
import { initHome } from '../../src/cli/init-home.ts';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryFolder } from './run-muster.ts';

/** Two homes with the same samples, the second with the modes that a sync would give. */
async function twoHomes(files: number) {
  const folder = temporaryFolder();
  const master = join(folder, 'master');
  const worker = join(folder, 'worker');
  await initHome({ home: master, role: 'master', name: 'm', cluster: 'c', force: false });
  const samples = sampleFiles(files);
  await writeSamples(master, samples);
  await writeSamples(worker, samples);
  for (const { path } of samples) chmodSync(join(worker, path), 0o660);
  writeFileSync(join(worker, 'etc/client.keys'), '', { mode: 0o640 });
  return { master, worker, config: (await loadConfig(master)).files };
}

test('the samples are as many as asked for, each at a path of its own, and always the same', () => {
  const files = sampleFiles(500);
  assert.equal(new Set(files.map((file) => file.path)).size, 500);
  assert.deepEqual(sampleFiles(500), files);
  assert.ok(
    files.some((file) => file.content.length > 1024 * 1024),
    'one is large',
  );
  assert.equal(sampleFiles(1).length, 1);
});

test('trees that are equal compare equal, and the size is told', async () => {
  const { master, worker, config } = await twoHomes(30);
  const { files, bytes, differences } = await compareTrees(master, worker, config);
  assert.deepEqual(differences, []);
  assert.equal(files, 31, 'the samples and client.keys');
  assert.ok(bytes > 1024 * 1024);
});

test('every kind of difference between trees is found, and excluded files are none', async () => {
  const { master, worker, config } = await twoHomes(10);
  const [, first, second, third] = sampleFiles(10).map((file) => file.path);
  rmSync(join(worker, first ?? ''));
  writeFileSync(join(worker, second ?? ''), 'other');
  chmodSync(join(worker, third ?? ''), 0o600);
  writeFileSync(join(worker, 'etc/lists/extra'), '');
  writeFileSync(join(worker, 'etc/lists/note.tmp'), '');
  writeFileSync(join(master, 'etc/local.conf'), 'not in the list of names');
  mkdirSync(join(worker, 'etc/rules/empty'));
  assert.deepEqual(
    (await compareTrees(master, worker, config)).differences.sort(),
    [
      'etc/lists/extra should not be there',
      `${first} is missing`,
      `${second} has another content`,
      `${third} has mode 600, not 660`,
    ].sort(),
  );
});

test('each change is seen where it was made, and not where it was not', async () => {
  const { master, worker } = await twoHomes(10);
  const revisions = new Revisions();
  const added = revisions.of(9001);
  for (const change of [
    edit(revisions.of(0)),
    create(added),
    move(added, 'etc/rules/other_rules.xml'),
    editAndRestrict(revisions.of(0), 0o600),
    editMany([revisions.of(1), revisions.of(2)]),
  ]) {
    assert.equal(await change.arrived(worker), false, change.title);
    await change.apply(master);
    assert.equal(await change.arrived(master), true, change.title);
    assert.equal(await change.arrived(worker), false, change.title);
  }
  const gone = remove('etc/rules/other_rules.xml');
  assert.equal(await gone.arrived(master), false);
  await gone.apply(master);
  assert.equal(await gone.arrived(master), true);
});

test('the summary says what took how long, and what differs', () => {
  const step = { kind: 'change', title: 'edit a', durationMs: 120, failure: null } as const;
  const report = {
    workers: 2,
    files: 3,
    bytes: 4096,
    agents: 5,
    steps: [step],
    differences: { w1: [], w2: [] },
    agentDifferences: [],
    equal: true,
    logs: {},
  };
  assert.equal(describeStep(step), 'ok       0.120s  edit a');
  assert.match(
    describeReport(report),
    /All sets are equal: 2 workers have the master's 3 files.*\nAll nodes agree on 5 agents/,
  );
  const failed = { ...step, failure: 'not within 30s' };
  const bad = {
    ...report,
    steps: [failed],
    differences: { w1: ['etc/a is missing'], w2: [] },
    agentDifferences: ['w2 has 4 agents of 5'],
    equal: false,
  };
  assert.match(describeStep(failed), /^FAILED .*\n +not within 30s$/);
  assert.match(
    describeReport(bad),
    /w1 differs .*1 places:\n {2}etc\/a is missing\nNodes differ in 1 things about agents:\n {2}w2 has 4 agents of 5\nNot as it should be: 1 of 1 steps failed, 1 of 2 workers/,
  );
});
