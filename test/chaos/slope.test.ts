import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeVerdicts, type Growth, verdictsOf } from './growth.ts';
import { slopeOf, verdictOf } from './slope.ts';

/** Between -1 and 1, all over the place. */
const scatterOf = (x: number) => (((x + 1) * 7_919) % 31) / 15 - 1;
/** A line that rises so much a step, with scatter that is no rise. */
const points = (rise: number, scatter: number, count = 100) =>
  Array.from({ length: count }, (_, x) => [x, rise * x + scatterOf(x) * scatter] as const);

describe('the slope', () => {
  it('of a line with scatter is that of the line, within its error', () => {
    const { rise, error } = slopeOf(points(3, 5));
    assert.ok(Math.abs(rise - 3) < 3 * error && error < 0.05);
  });

  it('grows only beyond what is tolerated and three errors', () => {
    assert.equal(verdictOf(slopeOf(points(3, 5)), 2.5), 'grows');
    assert.equal(verdictOf({ rise: 3.1, error: 1 }, 0), 'grows');
    assert.notEqual(verdictOf({ rise: 2.9, error: 1 }, 0), 'grows');
    assert.notEqual(verdictOf(slopeOf(points(0, 5)), 0), 'grows', 'scatter alone');
  });

  it('is level only within what is tolerated, its error included', () => {
    assert.equal(verdictOf(slopeOf(points(3, 5)), 3.5), 'level');
    assert.equal(verdictOf(slopeOf(points(-3, 5)), 0), 'level');
    assert.equal(verdictOf({ rise: 1, error: 1 }, 2), 'level');
  });

  it('is inconclusive where a large error hides a rise: no leak is called level because it was hard to see', () => {
    assert.equal(verdictOf({ rise: 3.46, error: 1.13 }, 2), 'inconclusive');
    assert.equal(verdictOf({ rise: -0.42, error: 2.73 }, 0.5), 'inconclusive');
    assert.equal(verdictOf({ rise: 1, error: 1.01 }, 2), 'inconclusive');
    assert.equal(verdictOf(slopeOf(points(3, 40, 16)), 0.5), 'inconclusive');
    assert.equal(verdictOf(slopeOf(points(3, 40, 160)), 0.5), 'grows', 'and more points tell');
  });

  it('is no answer where there are too few points to know an error', () => {
    assert.equal(verdictOf({ rise: Number.NaN, error: Number.NaN }, 1), 'inconclusive');
  });
});

describe('the verdict on a node', () => {
  const growth = (change: Partial<Growth>): Growth => {
    const level = { rise: 0, error: 0.01 };
    return { rss: level, heap: level, descriptors: level, handles: level, ...change };
  };

  it('is level only if all is', () => assert.equal(describeVerdicts(verdictsOf(growth({}))), 'level'));

  it('names what grows, and what cannot be told', () => {
    const restless = growth({ heap: { rise: 9, error: 0.1 }, rss: { rise: 3, error: 3 } });
    assert.equal(describeVerdicts(verdictsOf(restless)), 'GROWS: heap; inconclusive: rss');
  });
});
