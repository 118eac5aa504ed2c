import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_OUTBOX_BYTES } from '../../src/node/transfers/limits.ts';
import { StringOutbox } from '../../src/node/transfers/string-outbox.ts';

describe('strings that wait to be sent', () => {
  it('are hashed once, however many peers the same one goes to', async () => {
    const hashed: Uint8Array[] = [];
    const outbox = new StringOutbox(async (bytes) => {
      hashed.push(bytes);
      return `digest of ${bytes.length}`;
    });
    const [one, other] = [Buffer.from('one'), Buffer.from('one')];
    const posted = await Promise.all([one, one, other].map((bytes) => outbox.post(bytes)));
    assert.deepEqual(hashed, [one, other]);
    assert.deepEqual(
      posted.map(({ outboxId, digest }) => [outboxId, digest]),
      [1, 2, 3].map((id) => [id, 'digest of 3']),
    );
    for (const { outboxId } of posted) outbox.take(outboxId);
    assert.equal(outbox.heldBytes, 0);
  });

  it('count each time that they are posted, and are refused when they are too many bytes', async () => {
    const outbox = new StringOutbox(async () => 'd');
    const half = new Uint8Array(MAX_OUTBOX_BYTES / 2);
    const { outboxId } = await outbox.post(half);
    await outbox.post(half);
    await assert.rejects(outbox.post(Buffer.from('x')), { code: 3113 });
    outbox.withdraw(outboxId);
    await outbox.post(Buffer.from('x'));
    assert.equal(outbox.heldBytes, MAX_OUTBOX_BYTES / 2 + 1);
  });

  it('leave nothing behind when they cannot be hashed', async () => {
    const outbox = new StringOutbox(() => Promise.reject(new Error('no hash')));
    await assert.rejects(outbox.post(Buffer.from('one')), /no hash/);
    assert.equal(outbox.heldBytes, 0);
  });
});
