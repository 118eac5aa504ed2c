import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FileHistory } from '../../src/sim/file-history.ts';

it('what a file ever was in a set of the master is told from what it never was', () => {
  const history = new FileHistory();
  history.add(new Map([['always', 'a1']]));
  history.add(
    new Map([
      ['always', 'a2'],
      ['later', 'l1'],
      ['gone', 'g1'],
    ]),
  );
  history.add(
    new Map([
      ['always', 'a2'],
      ['later', 'l1'],
    ]),
  );
  const states = { always: ['a1', 'a2'], later: [null, 'l1'], gone: [null, 'g1'], never: [null] };
  for (const [path, was] of Object.entries(states)) {
    const found = ['a1', 'a2', 'l1', 'g1', null].filter((state) => history.has(path, state));
    assert.deepEqual(new Set(found), new Set(was), path);
  }
});

it('a file that was there from the beginning and goes is none from then on', () => {
  const history = new FileHistory();
  history.add(new Map([['always', 'a1']]));
  assert.equal(history.has('always', null), false);
  history.add(new Map());
  assert.equal(history.has('always', null), true);
});
