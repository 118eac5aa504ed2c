import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ListAnswers, MAX_WAITING_LISTS } from '../../src/node/effects/list-answers.ts';
import { MusterError } from '../../src/protocol/errors.ts';

type Options = ConstructorParameters<typeof ListAnswers>[0];

/** A set that is packed when the test says so, and peers that note what they are told. */
class Bench {
  digest = 'a';
  packs = 0;
  scans = 0;
  readonly told: string[] = [];
  readonly bytes = new Set<Uint8Array>();
  readonly here = new Set([1, 2]);
  readonly answers: ListAnswers;
  #release: (error?: MusterError) => void = () => {};
  #gate: Promise<void> = Promise.resolve();

  constructor() {
    this.answers = new ListAnswers({
      channels: { find: (id: number) => (this.here.has(id) ? this.#channel(id) : undefined) },
      index: {
        scan: async () => {
          this.scans += 1;
          return { digest: this.digest };
        },
        packedList: async () => {
          this.packs += 1;
          const { digest } = this;
          await this.#gate;
          return { digest, packed: Buffer.from(digest) };
        },
      },
    } as unknown as Options);
  }

  #channel(id: number) {
    return {
      replyPacked: (counter: number, packed: Uint8Array) => {
        this.bytes.add(packed);
        this.told.push(`${id}/${counter} ${packed}`);
      },
      fail: (counter: number, { code }: MusterError) => this.told.push(`${id}/${counter} ${code}`),
    };
  }

  hold(): void {
    this.#gate = new Promise((resolve, reject) => {
      this.#release = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  async release(error?: MusterError): Promise<void> {
    this.#release(error);
    await this.settled();
  }

  /** Everything here goes by promises alone: when the loop has turned, all of it has happened. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the answers to get_files', () => {
  it('are made once for each state of the set, and are the same bytes for everybody', async () => {
    const bench = new Bench();
    for (const id of [1, 2]) for (const counter of [7, 8]) bench.answers.answer(id, counter);
    await bench.settled();
    assert.deepEqual(bench.told.toSorted(), ['1/7 a', '1/8 a', '2/7 a', '2/8 a']);
    assert.deepEqual([bench.packs, bench.bytes.size], [1, 1]);
    bench.digest = 'b';
    bench.answers.answer(1, 9);
    await bench.settled();
    assert.equal(bench.told.at(-1), '1/9 b');
    assert.equal(bench.packs, 2);
  });

  it('are made one at a time for one connection: some wait, more are refused with 3110, others are served', async () => {
    const bench = new Bench();
    bench.hold();
    for (let counter = 0; counter < 256; counter += 1) bench.answers.answer(1, counter);
    await bench.settled();
    assert.deepEqual([bench.scans, bench.packs], [1, 1]);
    assert.equal(bench.told.length, 256 - 1 - MAX_WAITING_LISTS);
    assert.ok(bench.told.every((line) => line.endsWith(' 3110')));
    bench.answers.answer(2, 1);
    await bench.release();
    const answered = bench.told.filter((line) => line.endsWith(' a'));
    assert.deepEqual(answered.toSorted(), ['1/0 a', '1/1 a', '1/2 a', '1/3 a', '1/4 a', '2/1 a']);
    bench.answers.answer(1, 300);
    await bench.settled();
    assert.equal(bench.told.at(-1), '1/300 a', 'and afterwards it may ask again');
  });

  it('are not made for a connection that is gone', async () => {
    const bench = new Bench();
    bench.answers.answer(1, 1);
    bench.answers.answer(1, 2);
    bench.here.delete(1);
    await bench.settled();
    assert.deepEqual([bench.scans, bench.packs, bench.told.length], [1, 0, 0]);
    bench.answers.answer(1, 3);
    await bench.settled();
    assert.equal(bench.scans, 1);
  });

  it('fail with what failed, and the next one is made anew', async () => {
    const bench = new Bench();
    bench.hold();
    bench.answers.answer(1, 1);
    bench.answers.answer(2, 1);
    await bench.settled();
    await bench.release(new MusterError(3119, 'x'));
    assert.deepEqual(bench.told.toSorted(), ['1/1 3119', '2/1 3119']);
    bench.hold();
    bench.answers.answer(1, 2);
    await bench.release();
    assert.equal(bench.told.at(-1), '1/2 a');
  });

  it('do not go by a digest that they do not have', async () => {
    const bench = new Bench();
    bench.answers.answer(1, 1);
    // The set changes between the scan and the packing.
    queueMicrotask(() => {
      bench.digest = 'b';
    });
    await bench.settled();
    assert.equal(bench.told.at(-1)?.slice(0, 4), '1/1 ');
    bench.digest = 'a';
    bench.answers.answer(1, 2);
    await bench.settled();
    assert.equal(bench.told.at(-1), '1/2 a');
  });
});
