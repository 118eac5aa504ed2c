import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KEPT_LIVES } from '../../src/inspect/limits.ts';
import { readRecording } from '../../src/inspect/read-recording.ts';
import { Recorder } from '../../src/inspect/recorder.ts';
import { earlierLife, olderHalf } from '../../src/inspect/recording-files.ts';
import { RECORD_HEAD_BYTES, RECORDING_HEAD, recordHead } from '../../src/inspect/recording-format.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { timelines } from '../../src/inspect/timeline.ts';
import { waitFor } from '../harness/wait-for.ts';
import { room } from './room.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-recording-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const fail = (error: unknown) => assert.fail(String(error));
const all = (file: string) => [...readRecording(file)];

/** A recording in a folder of its own. */
function fileOfLives(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name, 'machines.trace');
}

/** A short life of a node, in which one asks. */
function live(file: string, digest: string): void {
  const { root, tap, ask } = room();
  const recorder = new Recorder(tap, file, fail);
  ask(digest);
  recorder.close();
  root.stop();
}

const digestIn = (file: string) =>
  all(file).flatMap((record) =>
    record.kind === 'event' ? (record.event as { digest?: string }).digest : [],
  )[0];

/** The records of a file as they stand there, heads and all. */
function piecesOf(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = RECORDING_HEAD.length; at < bytes.length; ) {
    const packedAt = at + RECORD_HEAD_BYTES;
    const end = packedAt + (recordHead(bytes.subarray(at, packedAt))?.length ?? 0);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

describe('a recording', () => {
  it('gives back what was told, after a kill too: of the last record that was cut only that is missing', () => {
    const { root, tap, ask, begin, release } = room();
    const file = join(folder, 'whole');
    const told: InspectionRecord[] = [];
    tap.watch((record) => told.push(record));
    const recorder = new Recorder(tap, file, fail);
    for (const deed of [ask, begin, release]) deed();
    recorder.close();
    const steps = (records: readonly InspectionRecord[]) => records.filter(({ kind }) => kind === 'step');
    assert.deepEqual(steps(all(file)), steps(told));
    assert.equal(statSync(file).mode & 0o777, 0o640);
    truncateSync(file, statSync(file).size - 3);
    assert.deepEqual(steps(all(file)), steps(told).slice(0, -1));
    root.stop();
  });

  it('in which something was changed, removed, doubled or moved is read up to there, and no further', () => {
    const { root, tap, ask, begin, release } = room();
    const file = join(folder, 'edited');
    const recorder = new Recorder(tap, file, fail);
    for (const deed of [ask, begin, release]) deed();
    recorder.close();
    root.stop();
    const bytes = readFileSync(file);
    const records = piecesOf(bytes);
    const count = all(file).length;
    const edits: Readonly<Record<string, (at: number) => Buffer[]>> = {
      removed: (at) => records.toSpliced(at, 1),
      doubled: (at) => records.toSpliced(at, 0, records[at] ?? Buffer.alloc(0)),
      moved: (at) =>
        records.toSpliced(at, 2, records[at + 1] ?? Buffer.alloc(0), records[at] ?? Buffer.alloc(0)),
      changed: (at) => {
        const record = Buffer.from(records[at] ?? []);
        record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
        return records.with(at, record);
      },
    };
    for (const [what, edit] of Object.entries(edits)) {
      for (let at = 0; at < count - 1; at += 1) {
        writeFileSync(file, Buffer.concat([RECORDING_HEAD, ...edit(at)]));
        const read: InspectionRecord[] = [];
        const reading = () => {
          for (const record of readRecording(file)) read.push(record);
        };
        assert.throws(reading, { code: 3130 }, `${what} ${at}`);
        assert.ok(read.length <= at + 1, `${what} ${at}`);
      }
    }
  });

  it('of which any byte of a head was changed is damaged there, wherever that points to', () => {
    const { root, tap, ask, begin, release } = room();
    const file = join(folder, 'heads');
    const recorder = new Recorder(tap, file, fail);
    for (const deed of [ask, begin, release]) deed();
    recorder.close();
    root.stop();
    const bytes = readFileSync(file);
    let at = RECORDING_HEAD.length;
    for (const [index, record] of piecesOf(bytes).entries()) {
      for (let byte = 0; byte < RECORD_HEAD_BYTES; byte += 1) {
        for (const bit of [0x01, 0x80]) {
          const changed = Buffer.from(bytes);
          changed[at + byte] = (changed[at + byte] ?? 0) ^ bit;
          writeFileSync(file, changed);
          const reading = () => [...readRecording(file, () => assert.fail('it is not cut'))];
          const message = new RegExp(`: record ${index + 1}, at byte ${at}$`);
          assert.throws(reading, { code: 3130, message }, `byte ${byte} of record ${index + 1}`);
        }
      }
      at += record.length;
    }
  });

  it('that ends anywhere within a record is cut, and all before that is read', () => {
    const file = join(folder, 'ends');
    live(file, 'd');
    const bytes = readFileSync(file);
    const last = piecesOf(bytes).at(-1)?.length ?? 0;
    const before = all(file).slice(0, -1);
    for (let missing = 1; missing < last; missing += 1) {
      writeFileSync(file, bytes.subarray(0, -missing));
      let cuts = 0;
      const read = [...readRecording(file, () => (cuts += 1))];
      assert.deepEqual([cuts, read], [1, before], `${missing} bytes`);
    }
  });

  for (const end of ['thrown', 'rejected', 'exit'])
    it(`has the step after which its process ended, by what nobody caught: ${end}`, async () => {
      const file = join(folder, `crashed-${end}`);
      const script = fileURLToPath(new URL('./crashing-recorder.ts', import.meta.url));
      const child = spawn(process.execPath, [script, file, end], { stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      assert.equal(code, end === 'exit' ? 3 : 1);
      const last = all(file).at(-1);
      assert.ok(last?.kind === 'step' && last.state?.value === 'granted', JSON.stringify(last));
      assert.equal(digestIn(file), 'the last');
    });

  it('leaves nothing behind in its process when it ends, by itself or by a failure', async () => {
    const { root, tap, ask } = room();
    const before = process.listenerCount('exit');
    const errors: unknown[] = [];
    const recorder = new Recorder(tap, join(folder, 'ended'), fail);
    new Recorder(tap, '/dev/full', (error) => errors.push(error));
    assert.equal(process.listenerCount('exit'), before + 2);
    ask();
    await waitFor('the end of the one that fails', () => errors.length > 0 || null);
    recorder.close();
    assert.equal(process.listenerCount('exit'), before);
    root.stop();
  });

  it('that is none is refused, and a disk that is full ends it and nothing else', async () => {
    const none = join(folder, 'none');
    writeFileSync(none, 'text');
    assert.throws(() => all(none), { code: 3129 });
    const { root, tap, ask, lock } = room();
    const file = join(folder, 'bad');
    new Recorder(tap, file, fail).close();
    appendFileSync(file, Buffer.from([2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0xc1, 0xc1]));
    assert.throws(() => all(file), { code: 3130 });
    const errors: unknown[] = [];
    const recorder = new Recorder(tap, '/dev/full', (error) => errors.push(error));
    ask();
    await waitFor('the end of the recording', () => errors.length > 0 || null);
    ask();
    assert.equal(tap.isWatched, false);
    assert.equal(lock.getSnapshot().value, 'granted');
    recorder.close();
    root.stop();
  });

  it('ends, and nothing else, when its older half cannot be made', async () => {
    const { root, tap, ask, lock } = room();
    const file = join(folder, 'stuck');
    const errors: unknown[] = [];
    const recorder = new Recorder(tap, file, (error) => errors.push(error), { segmentBytes: 500 });
    mkdirSync(join(olderHalf(file), 'in-the-way'), { recursive: true });
    ask();
    await waitFor('the end of the recording', () => errors.length > 0 || null);
    assert.match(String(errors[0]), /rename/);
    ask();
    assert.deepEqual([tap.isWatched, lock.getSnapshot().value], [false, 'granted']);
    recorder.close();
    root.stop();
  });

  it('keeps the earlier lives, both halves of each, so many and no more', () => {
    const file = fileOfLives('lives');
    const lives = KEPT_LIVES + 2;
    for (let life = 1; life <= lives; life += 1) {
      live(file, `digest ${life}`);
      // Every second life was long enough for an older half.
      if (life % 2 === 0) writeFileSync(olderHalf(file), readFileSync(file));
    }
    assert.equal(digestIn(file), `digest ${lives}`);
    for (let back = 1; back <= KEPT_LIVES; back += 1) {
      const earlier = earlierLife(file, back);
      assert.equal(digestIn(earlier), `digest ${lives - back}`);
      assert.equal(existsSync(olderHalf(earlier)), (lives - back) % 2 === 0);
    }
    assert.equal(existsSync(earlierLife(file, KEPT_LIVES + 1)), false);
  });

  it('of a life that wrote nothing takes the place of none', () => {
    const file = fileOfLives('short');
    live(file, 'long');
    live(file, 'short');
    truncateSync(file, 0);
    live(file, 'now');
    assert.deepEqual([digestIn(file), digestIn(earlierLife(file, 1))], ['now', 'long']);
    assert.equal(existsSync(earlierLife(file, 2)), false);
  });

  it('says how each machine went through its states', () => {
    const { root, tap, ask, begin, release } = room();
    const file = join(folder, 'timeline');
    const recorder = new Recorder(tap, file, fail);
    for (const deed of [ask, begin, release]) deed();
    recorder.close();
    const line = timelines(readRecording(file)).find(({ name }) => name === 'permission');
    assert.deepEqual(
      line?.states.map(({ text, because }) => [text, because]),
      [
        ['free', null],
        ['granted', 'permission.ask'],
        ['running', 'permission.begin'],
        ['free', 'permission.release'],
      ],
    );
    assert.ok(readFileSync(file).length > 0);
    root.stop();
  });
});
