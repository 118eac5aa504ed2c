import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { musterDialect } from '../../../src/protocol/dialects/muster.ts';
import { memoryPair } from '../../../src/transport/memory.ts';
import type { Connection } from '../../../src/transport/transport.ts';
import { WirePeer } from './peer.ts';

/** A peer, and a connection over which a node of the test's own making speaks to it. */
function pair(): { peer: WirePeer; node: Connection } {
  const [node, other] = memoryPair();
  node.start({ data() {}, drain() {}, end() {}, close() {} });
  return { peer: new WirePeer(other), node };
}
const delivered = () => new Promise((resolve) => setImmediate(resolve));

describe('the peer of the models', () => {
  it('finds a second answer to a request', async () => {
    const { peer, node } = pair();
    peer.ask(5, 'echo', { data: 'x' });
    const reply = musterDialect.encodeReply(5, 'echo', { data: 'x' });
    node.write(reply);
    await delivered();
    peer.check();
    node.write(reply);
    await delivered();
    assert.throws(() => peer.check(), /nobody asked for the answer to 5/);
  });

  it('finds an answer that is not of the shape of its command', async () => {
    const { peer, node } = pair();
    peer.ask(6, 'syn_i_w_m', {});
    node.write(musterDialect.encodeReply(6, 'echo', { data: 'x' }));
    await delivered();
    assert.throws(() => peer.check(), /Invalid arguments/);
  });
});
