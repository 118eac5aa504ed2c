import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeardQueue } from '../../src/conform/heard-queue.ts';
import { MAX_UNHEARD_BYTES, MESSAGE_COST_BYTES } from '../../src/conform/limits.ts';
import { type Heard, Peer } from '../../src/conform/peer.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { waitFor } from '../harness/wait-for.ts';

const echo = (counter: number): Heard => ({ kind: 'request', counter, command: 'echo', args: {} });
const ROOM = 3;
const BYTES = 10;
const queue = () => new HeardQueue(ROOM * (BYTES + MESSAGE_COST_BYTES));

describe('what was heard and nobody has looked at', () => {
  it('comes in order, and has room for so much', () => {
    const heard = queue();
    const [a, b, c, d] = [1, 2, 3, 4].map(echo) as [Heard, Heard, Heard, Heard];
    assert.deepEqual(
      [a, b, c, d].map((one) => heard.push(one, BYTES)),
      [true, true, true, false],
    );
    assert.equal(heard.take(), a);
    assert.equal(heard.push(d, BYTES), true);
    assert.deepEqual([heard.take(), heard.take(), heard.take(), heard.take()], [b, c, d, null]);
    assert.ok(heard.isEmpty);
  });

  it('counts what was taken for later, too: who waits for one answer cannot be filled with others', () => {
    const heard = queue();
    const taken = [1, 2, 3].map(echo);
    for (const one of taken) {
      assert.ok(heard.push(one, BYTES));
      assert.equal(heard.take(), one);
      heard.defer(one);
    }
    assert.equal(heard.push(echo(4), BYTES), false);
    heard.putBack(taken);
    assert.equal(heard.push(echo(4), BYTES), false);
    assert.deepEqual([heard.take(), heard.take(), heard.take()], taken);
    for (let i = 0; i < ROOM; i += 1) assert.ok(heard.push(echo(i), BYTES));
  });

  it('counts what was only looked at when it is put back', () => {
    const heard = queue();
    const one = echo(1);
    heard.push(one, BYTES);
    heard.take();
    heard.putBack([one]);
    for (let i = 1; i < ROOM; i += 1) assert.ok(heard.push(echo(i), BYTES));
    assert.equal(heard.push(echo(ROOM), BYTES), false);
  });

  it('has room for the end always', () => {
    const heard = new HeardQueue(0);
    const end: Heard = { kind: 'closed', error: null };
    assert.equal(heard.push(echo(1), 0), false);
    heard.end(end);
    assert.equal(heard.take(), end);
  });
});

describe('a peer that is sent more than it has asked for', () => {
  it('keeps no more than the room there is, says so, and drops the connection', async () => {
    const [near, far] = memoryPair();
    const peer = new Peer(near, musterDialect);
    let isClosed = false;
    far.start({ data: () => {}, drain: () => {}, end: () => {}, close: () => (isClosed = true) });
    const data = Buffer.alloc(1_000_000);
    let sentBytes = 0;
    for (let offset = 0; sentBytes <= MAX_UNHEARD_BYTES; offset += data.length) {
      far.write(musterDialect.encodeBulk(1, 'file_upd', 1, offset, data));
      sentBytes += data.length;
    }
    await waitFor('the connection to be dropped', () => isClosed);
    const heard: Heard[] = [];
    for (let one = await peer.next(0); one !== null; one = await peer.next(0)) heard.push(one);
    const [trouble, closed] = heard.slice(-2);
    assert.deepEqual(trouble, {
      kind: 'trouble',
      what: `more than ${MAX_UNHEARD_BYTES} bytes that nobody had asked for`,
    });
    assert.equal(closed?.kind, 'closed');
    assert.ok((heard.length - 2) * data.length <= MAX_UNHEARD_BYTES);
    assert.equal(heard.length - 2, Math.floor(MAX_UNHEARD_BYTES / (data.length + MESSAGE_COST_BYTES)));
  });
});
