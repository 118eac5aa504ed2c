import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Chapter } from '../../src/conform/plan.ts';
import { walkAll } from '../../src/conform/walk-all.ts';
import { StubTalk, transition } from './stub-talk.ts';

/** A chart from whose beginning each of these steps leads to an end of its own. */
const chapterOf = (...steps: readonly string[]): Chapter => {
  const ways = steps.map((step) => transition('begun', step, `after ${step}`));
  return {
    id: 'conform-some',
    title: 'some',
    begins: 'session',
    initial: 'begun',
    paths: ways.map((way) => [way]),
    entered: (state) => state,
    from: (state) => (state === 'begun' ? ways : []),
    sectionsOf: () => ({ muster: '', wazuh4: '' }),
    isKept: () => false,
    isOutlasted: () => false,
  };
};

class Clumsy extends StubTalk {
  override async perform(step: string): Promise<void> {
    if (step === 'say.wrong') throw new TypeError('undefined is not a list');
  }
}

describe('the walk along all paths', () => {
  it('goes on when the test itself fails on one of them, and says so', async () => {
    const { paths, failed, lost } = await walkAll({
      role: 'master',
      chapters: [chapterOf('say.one', 'say.wrong', 'say.another')],
      obstacleTo: () => null,
      newTalk: () => new Clumsy(),
    });
    assert.deepEqual(
      paths.map(({ steps, outcome }) => [...steps, outcome]),
      [
        ['say.one', 'conforms'],
        ['say.another', 'conforms'],
      ],
    );
    assert.deepEqual(failed, [
      {
        machine: 'conform-some',
        steps: ['say.wrong'],
        why: 'Error 1000 - Internal error: undefined is not a list',
      },
    ]);
    assert.equal(lost, null);
  });
});
