import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { soak } from './soak-run.ts';

/** What is opened once, by whatever comes first after the start, such as the ports of a thread; each kill would keep one. */
const MAX_KEPT = 5;

describe('a short soak', () => {
  it('three workers, edits, agents and kills: all equal in the end, and no descriptor or handle is kept', async () => {
    const report = await soak({
      workers: 3,
      durationMs: 10_000,
      seed: 3,
      editEveryMs: 300,
      killEveryMs: 1_200,
      sampleEveryMs: 500,
      agents: { agents: 200, rate: 200, regrouped: 5 },
    });
    assert.ok(report.edits > 0);
    assert.ok(report.workerKills > 0);
    assert.ok(report.acts.reports > 0);
    assert.ok(report.acts.groupChanges > 0);
    // A slope needs more time than a test has: `npm run soak` looks at those. Each of the eight kills would keep one.
    for (const [name, { descriptors, handles, timers }] of report.kept) {
      assert.ok(
        Math.max(descriptors, handles, timers) <= MAX_KEPT,
        `${name} keeps ${descriptors} descriptors, ${handles} handles, ${timers} timers`,
      );
    }
  });
});
