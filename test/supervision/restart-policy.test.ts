import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addRestart,
  backoffMs,
  checkLimits,
  DEFAULT_RESTART_LIMITS,
  mayRestart,
  mustRestart,
} from '../../machines/supervision/restart-policy.ts';

const limits = { ...DEFAULT_RESTART_LIMITS, intensity: 2, periodMs: 1000 };

describe('restart types', () => {
  it('decide by how the child came to its end', () => {
    const table = (['permanent', 'transient', 'temporary'] as const).map((type) => [
      mustRestart(type, false),
      mustRestart(type, true),
    ]);
    assert.deepEqual(table, [
      [true, true],
      [false, true],
      [false, false],
    ]);
  });
});

describe('intensity', () => {
  it('allows as many restarts within a period, and counts one exactly a period ago, as OTP does', () => {
    assert.equal(mayRestart([], 0, limits), true);
    assert.equal(mayRestart([0], 1000, limits), true);
    assert.equal(mayRestart([0, 500], 1000, limits), false);
    assert.equal(mayRestart([0, 500], 1001, limits), true);
  });

  it('never lets more restarts happen in any period, and keeps no longer list than that', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 600 }), { maxLength: 50 }), (pausesMs) => {
        let restartsMs: number[] = [];
        const allowedMs: number[] = [];
        let nowMs = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          if (!mayRestart(restartsMs, nowMs, limits)) continue;
          restartsMs = addRestart(restartsMs, nowMs, limits.periodMs);
          allowedMs.push(nowMs);
          assert.ok(restartsMs.length <= limits.intensity);
        }
        for (const startMs of allowedMs) {
          const within = allowedMs.filter((atMs) => atMs >= startMs && atMs <= startMs + limits.periodMs);
          assert.ok(within.length <= limits.intensity);
        }
      }),
    );
  });
});

describe('back-off', () => {
  const backoff = { firstMs: 100, maxMs: 1000, jitter: 0.5 };
  it('doubles up to its greatest', () => {
    const pausesMs = [1, 2, 3, 4, 5, 60, 2000].map((attempt) => backoffMs(backoff, attempt, 0));
    assert.deepEqual(pausesMs, [100, 200, 400, 800, 1000, 1000, 1000]);
  });

  it('leaves to chance the part that jitter says, downward', () => {
    assert.equal(backoffMs(backoff, 2, 0.5), 150);
    assert.equal(backoffMs(backoff, 2, 1), 100);
    assert.equal(backoffMs({ ...backoff, jitter: 0 }, 2, 0.7), 200);
    assert.equal(backoffMs({ ...backoff, jitter: 1 }, 2, 1), 0);
  });
});

describe('limits', () => {
  it('are refused when their pauses are so long that the supervisor could never give up', () => {
    const backoff = { firstMs: 400, maxMs: 1000, jitter: 0 };
    assert.throws(() => checkLimits({ intensity: 2, periodMs: 1000, backoff }), /do not fit/);
    checkLimits({ intensity: 2, periodMs: 1200, backoff });
    checkLimits(DEFAULT_RESTART_LIMITS);
  });

  it('are refused when they make no sense', () => {
    const wrong = { intensity: -1, periodMs: 0, backoff: { firstMs: 10, maxMs: 5, jitter: 2 } };
    for (const key of ['intensity', 'periodMs', 'backoff'] as const) {
      assert.throws(() => checkLimits({ ...DEFAULT_RESTART_LIMITS, [key]: wrong[key] }), RangeError);
    }
    const jitter = { ...DEFAULT_RESTART_LIMITS.backoff, jitter: 2 };
    assert.throws(() => checkLimits({ ...DEFAULT_RESTART_LIMITS, backoff: jitter }), /jitter/);
  });
});
