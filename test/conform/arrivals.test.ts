import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Arrivals } from '../../src/conform/arrivals.ts';
import { MAX_KEPT_FILES, MESSAGE_COST_BYTES } from '../../src/conform/limits.ts';

/** Room for two chunks of five bytes. */
const MAX_KEPT_BYTES = 2 * (5 + MESSAGE_COST_BYTES) - 2;
const arrivals = () => new Arrivals((name) => name.endsWith('.json'), MAX_KEPT_BYTES);

describe('files that a tested master sends', () => {
  it('are thrown away, but for those that tell what was sent', () => {
    const files = arrivals();
    files.begin(1, 'set.json');
    files.begin(2, 'content.zip');
    files.add(1, Buffer.from('list'));
    files.add(2, Buffer.from('content'));
    assert.equal(files.end('set.json')?.toString(), 'list');
    assert.equal(files.end('content.zip'), null);
    assert.equal(files.end('other.json'), null);
  });

  it('hold no more than the end, however long they are', () => {
    const files = arrivals();
    files.begin(1, 'set.json');
    for (let i = 0; i < 100; i += 1) files.add(1, Buffer.from(`${i % 10}....`));
    const end = files.end('set.json');
    assert.equal(end?.toString(), '8....9....');
  });

  it('hold no more than that all together: what is too much is taken from the oldest', () => {
    const files = arrivals();
    for (let handle = 1; handle <= 100; handle += 1) {
      files.begin(handle, `${handle}.json`);
      files.add(handle, Buffer.from('.....'));
    }
    const kept = Array.from({ length: 100 }, (_, index) => files.end(`${index + 1}.json`));
    assert.deepEqual(
      kept.flatMap((end, index) => (end === null ? [] : [index + 1])),
      [99, 100],
    );
    files.add(99, Buffer.from(':::::'));
    assert.equal(files.end('99.json')?.toString(), ':::::');
    assert.equal(files.end('100.json')?.toString(), '.....');
  });

  it('hold no more than so many, when nothing is in them', () => {
    const files = arrivals();
    for (let handle = 0; handle <= MAX_KEPT_FILES; handle += 1) files.begin(handle, `${handle}.json`);
    assert.equal(files.end('0.json'), null);
    assert.equal(files.end('1.json')?.length, 0);
    assert.equal(files.end(`${MAX_KEPT_FILES}.json`)?.length, 0);
  });

  it('that were dropped, or begun anew, take nothing that still comes for them', () => {
    const files = arrivals();
    files.begin(1, 'set.json');
    files.begin(2, 'set.json');
    files.add(1, Buffer.from('stale'));
    assert.equal(files.end('set.json')?.toString(), '');
  });

  it('that are sent anew under a name begin anew', () => {
    const files = arrivals();
    files.begin(1, 'set.json');
    files.add(1, Buffer.from('old'));
    files.begin(2, 'set.json');
    files.add(2, Buffer.from('new'));
    assert.equal(files.end('set.json')?.toString(), 'new');
  });
});
