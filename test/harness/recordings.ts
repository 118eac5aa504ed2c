import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording } from '../../src/inspect/read-recording.ts';
import { olderHalf } from '../../src/inspect/recording-files.ts';
import { Verifier } from '../../src/inspect/verify.ts';

/** Share of the steps of a machine in one life that may be left uncompared; supervisors are not compared at all. */
const MAX_PASSED_OVER = 0.05;

/** What the machines of nodes did in each of their lives: every step has to be one that the machine allows. */
export class Recordings {
  readonly #directory: string;
  readonly #open = new Map<string, string>();
  #lives = 0;
  steps = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The recording of a new life of a node. What the last one left is verified first. */
  begin(node: string): string {
    this.#verify(node);
    this.#lives += 1;
    const file = join(this.#directory, `machines-${node}-${this.#lives}`);
    this.#open.set(node, file);
    return file;
  }

  /** Verifies the last lives. */
  end(): void {
    for (const node of [...this.#open.keys()]) this.#verify(node);
  }

  #verify(node: string): void {
    const file = this.#open.get(node);
    this.#open.delete(node);
    // One that was killed at its very beginning has recorded nothing.
    if (file === undefined || !existsSync(file)) return;
    const verifier = new Verifier();
    for (const record of readRecording(file)) verifier.take(record);
    const { departures, steps, machines } = verifier.verdict;
    assert.deepEqual(departures, [], `${node} did what its machines do not allow`);
    const unseen = machines.filter(
      ({ chart, steps, passedOver }) => chart !== null && passedOver > (steps + passedOver) * MAX_PASSED_OVER,
    );
    assert.deepEqual(unseen, [], `${node} has machines whose steps were not compared`);
    this.steps += steps;
    for (const half of [file, olderHalf(file)]) rmSync(half, { force: true });
  }
}
