import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RECORDING_FLUSH_MS } from '../../src/inspect/limits.ts';
import { readRecording } from '../../src/inspect/read-recording.ts';
import { Recorder } from '../../src/inspect/recorder.ts';
import { earlierLife, olderHalf } from '../../src/inspect/recording-files.ts';
import { RECORDING_HEAD } from '../../src/inspect/recording-format.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { Verifier } from '../../src/inspect/verify.ts';
import { room } from './room.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-turnover-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const fail = (error: unknown) => assert.fail(String(error));
const all = (file: string) => [...readRecording(file)];
const SEGMENT_BYTES = 20_000;

/** The records of one of the two files by itself. */
function alone(half: string): InspectionRecord[] {
  const copy = join(folder, 'alone');
  copyFileSync(half, copy);
  return all(copy);
}

function assertAllowed(file: string): void {
  const verifier = new Verifier();
  for (const record of readRecording(file)) verifier.take(record);
  assert.deepEqual(verifier.verdict.departures, []);
  assert.ok(verifier.verdict.steps > 0);
}

/** A recording in a folder of its own. */
function fileIn(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name, 'machines.trace');
}

/** A short life of a node, in which one asks. */
function live(file: string): void {
  const { root, tap, ask } = room();
  const recorder = new Recorder(tap, file, fail);
  ask();
  recorder.close();
  root.stop();
}

describe('a recording whose file is full', () => {
  it('keeps the last of what is told and no more, each of its two files readable by itself at any moment', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { root, tap, ask, begin, release } = room();
    const file = fileIn('ring');
    const recorder = new Recorder(tap, file, fail, { segmentBytes: SEGMENT_BYTES });
    const turns = new Set<number>();
    for (let flush = 0; flush < 40; flush += 1) {
      for (const deed of [ask, begin, release]) deed();
      t.mock.timers.tick(RECORDING_FLUSH_MS);
      if (existsSync(olderHalf(file))) turns.add(statSync(olderHalf(file)).ino);
      // As a process that is killed at this moment leaves it.
      for (const half of [file, olderHalf(file)].filter(existsSync)) {
        assert.ok(statSync(half).size < 2 * SEGMENT_BYTES);
        assert.equal(alone(half)[0]?.kind, 'actor');
      }
    }
    assert.ok(turns.size >= 2, `${turns.size} turns`);
    assertAllowed(file);
    recorder.close();
    root.stop();
  });

  it('can be read if it was its last moment that filled it, and is kept by the next life', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { root, tap, ask, begin, release } = room();
    const file = fileIn('full');
    const recorder = new Recorder(tap, file, fail, { segmentBytes: SEGMENT_BYTES });
    while (tap.gap(0).number < 200) for (const deed of [ask, begin, release]) deed();
    recorder.close();
    assert.equal(tap.isWatched, false);
    root.stop();
    for (const half of [file, olderHalf(file)]) assert.equal(alone(half)[0]?.kind, 'actor');
    assertAllowed(file);
    const records = all(file);
    live(file);
    assert.deepEqual(all(earlierLife(file, 1)), records);
    assert.equal(existsSync(olderHalf(file)), false, 'the next life begins with one file');
  });

  it('can be read if its process is killed just after the turn, and is kept by the next life', async () => {
    const file = fileIn('killed');
    const script = fileURLToPath(new URL('./killed-recorder.ts', import.meta.url));
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [, signal] = await once(child, 'exit');
    assert.equal(signal, 'SIGKILL');
    assert.ok(existsSync(olderHalf(file)));
    assert.equal(all(file).at(-1)?.kind, 'actor', 'nothing came after the turn');
    assertAllowed(file);
    const records = all(file);
    live(file);
    assert.deepEqual(all(earlierLife(file, 1)), records);
  });

  for (const [when, leave] of Object.entries<(file: string) => void>({
    'before the next file is there': (file) => rmSync(file),
    'before anything is written to it': (file) => truncateSync(file, 0),
    'within its first line': (file) => truncateSync(file, RECORDING_HEAD.length - 1),
  }))
    it(`is cut and no more where the process ended ${when}, and is kept`, () => {
      const file = fileIn(when);
      live(file);
      renameSync(file, olderHalf(file));
      live(join(folder, when, 'other'));
      renameSync(join(folder, when, 'other'), file);
      leave(file);
      const cut: string[] = [];
      const records = [...readRecording(file, (name) => cut.push(name))];
      assert.deepEqual([cut, records], [[file], all(olderHalf(file))]);
      live(file);
      live(file);
      assert.deepEqual(all(earlierLife(file, 2)), records);
    });
});
