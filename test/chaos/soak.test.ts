import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { risesBeyond, slopeOf } from './slope.ts';
import { soak } from './soak-run.ts';

/** What is opened once, by whatever comes first after the start, such as the ports of a thread; each kill would keep one. */
const MAX_KEPT = 5;

describe('a short soak', () => {
  it('three workers, edits and kills: all equal in the end, and no descriptor or handle is kept', async () => {
    const report = await soak({
      workers: 3,
      durationMs: 10_000,
      seed: 3,
      editEveryMs: 300,
      killEveryMs: 1_200,
      sampleEveryMs: 200,
    });
    assert.ok(report.edits > 0);
    assert.ok(report.workerKills > 0);
    // A slope needs more time than a test has: `npm run soak` looks at those. Each of the eight kills would keep one.
    for (const [name, { descriptors, handles }] of report.kept) {
      assert.ok(
        descriptors <= MAX_KEPT && handles <= MAX_KEPT,
        `${name} keeps ${descriptors} and ${handles}`,
      );
    }
  });
});

describe('the slope', () => {
  it('of a line with scatter is that of the line, within its error', () => {
    const points = Array.from({ length: 100 }, (_, x) => [x, 3 * x + Math.sin(x * 12.9898) * 5] as const);
    const slope = slopeOf(points);
    assert.ok(Math.abs(slope.rise - 3) < 3 * slope.error && slope.error < 0.05);
    assert.ok(risesBeyond(slope, 2.5));
    assert.ok(!risesBeyond(slope, 3));
  });

  it('of scatter alone rises beyond nothing', () => {
    const points = Array.from({ length: 100 }, (_, x) => [x, Math.sin(x * 12.9898) * 5] as const);
    assert.ok(!risesBeyond(slopeOf(points), 0));
  });
});
