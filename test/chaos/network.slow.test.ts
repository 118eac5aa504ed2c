import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { waitFor } from '../harness/wait-for.ts';
import type { Direction } from './fault-proxy.ts';
import { NetworkArena } from './network.ts';

const SEED = 2;
/** Where connections are cut, in bytes: in the handshake, before the metadata, in a file and near the end. */
const CUTS: readonly (readonly [Direction, number])[] = [
  ['down', 40],
  ['up', 2_500],
  ['down', 900_000],
  ['down', 2_900_000],
];
/** A generation of 3.2 MB in about a second. */
const SLOW_BYTES_PER_SECOND = 5_000_000;

describe('over a bad network a worker has the old set or the new one, and heals', () => {
  let arena: NetworkArena;
  before(async () => {
    arena = await NetworkArena.create(SEED);
  });
  after(() => arena.close());

  for (const [direction, bytes] of CUTS) {
    it(`cut after ${bytes} bytes ${direction}`, async () => {
      const cutsBefore = arena.proxy.cuts;
      await arena.play((proxy) => {
        proxy.cutAll();
        proxy.cutAt(direction, bytes);
      });
      assert.equal(arena.proxy.cuts, cutsBefore + 1);
    });
  }

  it('cut again and again: a transfer goes on where it was cut, so that it ends', async () => {
    const cutsBefore = arena.proxy.cuts;
    // Less than a third of what has to come, each time: without going on there would be no end. How much comes twice is for
    // test/transfer/resume.test.ts: here it depends on how fast the machine is.
    const again = setInterval(() => arena.proxy.cutAt('down', 1_000_000), 1);
    await arena.play((proxy) => proxy.cutAll()).finally(() => clearInterval(again));
    const cuts = arena.proxy.cuts - cutsBefore;
    assert.ok(cuts >= 3, `${cuts} cuts, of a set of 3.2 MB that comes by 1 MB at most`);
  });

  it('throttled and late', () =>
    arena.play((proxy) => {
      proxy.throttle(SLOW_BYTES_PER_SECOND);
      proxy.delay(2);
    }));

  /** In the middle of a file. */
  const inTheMiddle = async (disturb: () => void) => {
    const startBytes = arena.proxy.passedBytes.down;
    const isThere = () => arena.proxy.passedBytes.down > startBytes + 500_000;
    await arena.play(
      () => {},
      async () => {
        await waitFor('some of a file', isThere, 60_000);
        disturb();
      },
    );
  };

  for (const direction of ['up', 'down'] as const) {
    it(`half closed in the middle of a file: nothing comes ${direction} any more`, () =>
      inTheMiddle(() => arena.proxy.halfClose(direction)));
  }

  it('a black hole, for longer than keepalives allow', () =>
    arena.play(
      (proxy) => proxy.blackHole(),
      () => arena.givenUp(),
    ));

  it('frozen in the middle of a file, for a moment: the connection goes on', async () => {
    const { accepted } = arena.proxy;
    await inTheMiddle(() => arena.proxy.freeze());
    assert.equal(arena.proxy.accepted, accepted);
  });
});
