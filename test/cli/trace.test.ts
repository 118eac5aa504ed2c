import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { exampleSupervisor } from '../../machines/supervision/chart.ts';
import { RecordedCoverage } from '../../src/inspect/coverage.ts';
import { readRecording } from '../../src/inspect/read-recording.ts';
import { Recorder } from '../../src/inspect/recorder.ts';
import { RECORDING_HEAD, RecordSeal } from '../../src/inspect/recording-format.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { transitionsOf, transitionText } from '../../src/inspect/transitions.ts';
import { room } from '../inspect/room.ts';
import { runMuster } from './run-muster.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-trace-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A recording of a lock that is asked for, taken and freed. */
function recorded(name: string, deeds: readonly ('ask' | 'begin' | 'release')[]): string {
  const { root, tap, ...does } = room();
  const file = join(folder, name);
  const recorder = new Recorder(tap, file, (error) => assert.fail(String(error)));
  for (const deed of deeds) does[deed]();
  recorder.close();
  root.stop();
  return file;
}
const good = recorded('good', ['ask', 'begin', 'release']);

/** The good one with a damage in its last record. */
function damagedAs(name: string): string {
  const file = join(folder, name);
  const bytes = readFileSync(good);
  bytes.fill(0x7f, bytes.length - 30, bytes.length - 10);
  writeFileSync(file, bytes);
  return file;
}

/** The good one with other records; those that become null are left out. */
function rewritten(name: string, change: (record: InspectionRecord) => InspectionRecord | null): string {
  const file = join(folder, name);
  const seal = new RecordSeal();
  const records = [...readRecording(good)].map(change).filter((record) => record !== null);
  writeFileSync(file, Buffer.concat([RECORDING_HEAD, ...records.flatMap((record) => seal.seal(record))]));
  return file;
}

/** The good one without its end. */
function cutAs(name: string): string {
  const file = join(folder, name);
  writeFileSync(file, readFileSync(good).subarray(0, -5));
  return file;
}

describe('muster machines --coverage', () => {
  it('counts how often recordings have taken each transition of a machine', async () => {
    const { stdout } = await runMuster(['machines', 'integrity-permission', '--coverage', good, good]);
    assert.match(stdout, /^2 +free: permission\.ask → granted$/m);
    assert.match(
      stdout,
      /^0 +free: permission\.ask \[inStep\] → \(stays\)$/m,
      'its branches count by themselves',
    );
    assert.match(stdout, /^2 +running: permission\.release → free$/m);
    assert.match(stdout, /^3 of 12 transitions were taken\.$/m);
  });

  it('tells of all machines, as a table and as JSON', async () => {
    const { stdout } = await runMuster(['machines', '--coverage', good]);
    assert.match(stdout, /^integrity-permission +12 +3 +25 %$/m);
    assert.match(stdout, /^integrity-check +\d+ +0 +0 %$/m);
    const all = JSON.parse((await runMuster(['machines', '--json', '--coverage', good])).stdout);
    assert.deepEqual(
      all.find(({ id }: { id: string }) => id === 'integrity-permission'),
      {
        id: 'integrity-permission',
        transitions: 12,
        taken: 3,
      },
    );
  });

  it('counts supervisors by the chart that they have in common, whatever they are called', () => {
    const coverage = new RecordedCoverage();
    const told = { number: 1, atMs: 0 };
    const state = { status: 'active' as const, value: null, context: null, children: [], result: null };
    const actor = 'x:0';
    coverage.take({
      ...told,
      kind: 'actor',
      actor,
      parent: null,
      id: actor,
      machine: 'master',
      state,
      wasThere: true,
    });
    // Deadlines among them, whose events end with the id of their state.
    const taken = transitionsOf(exampleSupervisor('master'));
    coverage.take({ ...told, kind: 'step', actor, event: null, status: 'active', state, taken });
    const counted = coverage.of('supervisor');
    assert.deepEqual(
      counted.filter(({ count }) => count !== 1).map(({ transition }) => transitionText(transition)),
      [],
    );
    assert.equal(counted.length, taken.length);
    assert.ok(taken.some(({ on }) => on.startsWith('xstate.after.')));
  });

  it('counts what stands before the damage of a recording, tells it, and fails by where that is', async () => {
    const one = damagedAs('damaged-1');
    const other = damagedAs('damaged-2');
    for (const [args, words] of [
      [[], /^integrity-permission +12 +3 /m],
      [['integrity-permission'], /^3 +free: permission\.ask → granted$/m],
      [['--json'], /"taken": 3\n/],
      [['integrity-permission', '--json'], /"count": 3\n/],
    ] as const) {
      const { code, stdout, stderr } = await runMuster(['machines', ...args, '--coverage', one, good, other]);
      assert.match(stdout, words);
      assert.match(stderr, /Error 3130 - .*damaged-1: record \d+, at byte \d+; .*damaged-2: record \d+, at/);
      assert.equal(code, 1);
    }
  });

  it('tells of a recording whose end is missing, and counts what there is', async () => {
    const cut = cutAs('cut-1');
    const { code, stdout, stderr } = await runMuster(['machines', 'integrity-permission', '--coverage', cut]);
    assert.match(stdout, /^1 +free: permission\.ask → granted$/m);
    assert.match(stderr, /cut-1 is cut short: what came then is missing/);
    assert.equal(code, 0);
  });

  it('says that a file is no recording', async () => {
    const other = join(folder, 'other.txt');
    writeFileSync(other, 'something else');
    const { code, stderr } = await runMuster(['machines', '--coverage', other]);
    assert.equal(code, 1);
    assert.match(stderr, /3129/);
  });
});

describe('muster trace', () => {
  it('shows records as lines and as JSON, all or those of an actor', async () => {
    const { stdout } = await runMuster(['trace', 'show', good]);
    assert.match(stdout, /> outside -> permission: permission\.ask$/m);
    assert.match(stdout, /\* permission: permission\.begin => running active$/m);
    const lines = (await runMuster(['trace', 'show', good, '--json'])).stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [...readRecording(good)],
    );
    const { stdout: own } = await runMuster(['trace', 'show', good, '--actor', 'permission']);
    assert.match(own, /^\S+ \* permission: permission\.begin => running active$/m);
    const { stdout: others } = await runMuster(['trace', 'show', good, '--actor', 'begin']);
    assert.equal(others, '', 'only an event has that in its name');
  });

  it('shows the states of each machine, and where two recordings part', async () => {
    const { stdout } = await runMuster(['trace', 'timeline', good, '--actor', 'permission']);
    assert.match(
      stdout,
      /^permission \(integrityPermission\)\n +0\.\d{3} {2}free\n.*granted {2}\(permission\.ask\)/m,
    );
    assert.equal((await runMuster(['trace', 'diff', good, good])).code, 0);
    const other = recorded('other', ['ask', 'ask', 'release']);
    const { code, stdout: told } = await runMuster(['trace', 'diff', good, other]);
    assert.equal(code, 1);
    assert.match(told, /^permission: after granted running in the first, nothing more in the second$/m);
  });

  it('verifies a recording, and shows the first step that is not allowed with the chart', async () => {
    const fine = await runMuster(['trace', 'verify', good]);
    assert.deepEqual(
      [fine.code, fine.stdout],
      [
        0,
        [
          '3 steps are all such that their machines allow them.',
          'Not checked: 1',
          '  1 because their machines are not known, nor, of supervisors, what they were made of',
          '',
        ].join('\n'),
      ],
    );
    const bad = rewritten('bad', (record) =>
      record.kind === 'step' && record.state?.value === 'running'
        ? { ...record, state: { ...record.state, value: 'free' } }
        : record,
    );
    const { code, stdout } = await runMuster(['trace', 'verify', bad]);
    assert.equal(code, 1);
    assert.match(stdout, /integrityPermission .* in "granted" on \{"type":"permission\.begin"/);
    assert.match(stdout, /recorded: "free" active\n {2}allowed: {2}"running" active/);
    assert.match(stdout, /stateDiagram-v2/);
  });

  it('does not call a recording fine in which no step could be checked', async () => {
    const unknown = rewritten('unknown', (record) => (record.kind === 'actor' ? null : record));
    const { code, stdout } = await runMuster(['trace', 'verify', unknown]);
    assert.deepEqual(
      [code, stdout],
      [
        1,
        [
          'No step could be checked: this recording shows nothing.',
          'Not checked: 4',
          '  4 because the recording does not say what their actors are',
          '',
        ].join('\n'),
      ],
    );
  });

  it('shows what stands before the damage of a recording, and says where that is', async () => {
    const damaged = damagedAs('damaged');
    for (const [verb, words] of [
      ['show', /> outside -> permission: permission\.ask$/m],
      ['timeline', /^permission \(integrityPermission\)$/m],
      ['verify', /^\d steps are all such that/m],
    ] as const) {
      const { code, stdout, stderr } = await runMuster(['trace', verb, damaged]);
      assert.match(stdout, words);
      assert.match(stderr, /Error 3130 - The recording is damaged: .*damaged: record \d+, at byte \d+$/m);
      assert.equal(code, 1);
    }
  });

  it('tells of a recording whose end is missing, and reads what there is', async () => {
    const cut = cutAs('cut');
    const { code, stdout, stderr } = await runMuster(['trace', 'show', cut]);
    assert.equal(code, 0);
    assert.match(stdout, /permission\.ask/);
    assert.match(stderr, /cut is cut short: what came then is missing/);
  });

  it('says what is no recording, and what is not there', async () => {
    const [none, empty, older] = ['none', 'empty', 'older'].map((name) => join(folder, name));
    writeFileSync(none ?? '', 'text');
    writeFileSync(empty ?? '', '');
    writeFileSync(older ?? '', 'muster recording 2\n');
    for (const [file = '', words] of [
      [none, /3129 .*none$/m],
      [empty, /3129 .*empty is empty$/m],
      [older, /3129 .*has the version 2/],
      [folder, /3119 .*muster-/],
      [join(folder, 'missing'), /no such file/],
    ] as const) {
      const { code, stderr } = await runMuster(['trace', 'verify', file]);
      assert.equal(code, 1);
      assert.match(stderr, words);
    }
  });
});
