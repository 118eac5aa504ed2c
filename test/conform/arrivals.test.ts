import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Arrivals } from '../../src/conform/arrivals.ts';

const MAX_KEPT_BYTES = 8;
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
    assert.ok((end?.length ?? 0) < 2 * MAX_KEPT_BYTES);
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
