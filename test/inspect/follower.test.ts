import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_UNREAD_BYTES, MAX_UNREAD_MS, PIECE_BYTES } from '../../src/inspect/limits.ts';
import { readingPage } from './reading-page.ts';

const news = (bytes: number) => Buffer.from(`data: [${' '.repeat(bytes)}]\n\n`);

describe('a page that is told something', () => {
  it('is dropped when it reads nothing for a time, and not before', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { follower, isDropped } = readingPage({ reads: false });
    follower.tellNews(news(1));
    t.mock.timers.tick(MAX_UNREAD_MS - 1);
    assert.equal(isDropped(), false);
    t.mock.timers.tick(1);
    assert.equal(isDropped(), true);
    follower.close();
  });

  it('is not dropped while it reads, however slowly and however much it is told at once', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
    const page = readingPage({ reads: false });
    const pieces = Math.ceil((2 * MAX_UNREAD_BYTES) / PIECE_BYTES);
    page.follower.tellNews(news(pieces * PIECE_BYTES));
    for (let piece = 0; piece <= pieces; piece += 1) {
      assert.equal(page.follower.hasRead, false);
      t.mock.timers.tick(MAX_UNREAD_MS - 1);
      page.read({ once: true });
      t.mock.timers.tick(0);
    }
    assert.deepEqual([page.follower.hasRead, page.isDropped(), page.batches], [true, false, [[]]]);
    t.mock.timers.tick(MAX_UNREAD_MS);
    assert.equal(page.isDropped(), false, 'who has read everything has all the time');
    page.follower.close();
  });

  it('is behind when more waits for it than may, what it is being sent left out', () => {
    const { follower } = readingPage({ reads: false });
    follower.tellNews(news(2 * MAX_UNREAD_BYTES));
    follower.tellNews(news(MAX_UNREAD_BYTES - 100));
    assert.equal(follower.isBehind, false);
    follower.tellNews(news(100));
    assert.equal(follower.isBehind, true);
    follower.forgetNews();
    assert.equal(follower.isBehind, false);
    follower.close();
  });
});
