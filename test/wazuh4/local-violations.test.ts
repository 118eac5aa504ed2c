import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WAZUH4_HEADER_BYTES } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { MAX_DIVIDED_MESSAGES } from '../../src/protocol/limits.ts';
import { waitFor } from '../harness/wait-for.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';

/** A frame of Wazuh 4.x with whatever stands in its fields. */
function frame(counter: number, command: string, payloadBytes: number, payload = ''): Buffer {
  const head = Buffer.alloc(WAZUH4_HEADER_BYTES);
  head.writeUInt32BE(counter, 0);
  head.writeUInt32BE(payloadBytes, 4);
  head.write(command.padEnd(12, '-'), 8, 'latin1');
  return Buffer.concat([head, Buffer.from(payload)]);
}
const part = (counter: number) => frame(counter, 'get_nodes  d', 2, '{}');

const VIOLATIONS: readonly [what: string, sent: Buffer, line: RegExp][] = [
  [
    'a length of 4 GiB',
    frame(1, 'get_nodes ', 0xffff_ffff),
    /Error 3113 - .*a payload of 4294967295 bytes, at most/,
  ],
  ['bytes that are no frame', Buffer.alloc(64, 'garbage!'), /Error 3100 - /],
  ['a frame without a command', frame(1, ' ', 0), /Error 3100 - .*bad command field/],
  [
    'more divided messages at once than there may be',
    Buffer.concat(Array.from({ length: MAX_DIVIDED_MESSAGES + 1 }, (_, i) => part(i + 1))),
    /Error 3113 - .*more than \d+ divided messages at once/,
  ],
];

describe('who breaks the framing of the local socket is dropped, and the log says why', () => {
  let cluster: ClusterInProcess;
  before(async () => {
    cluster = ClusterInProcess.prepare({});
    await cluster.startMaster();
  });
  after(() => cluster.close());
  const lines = (line: RegExp) => cluster.master.log.find(line);
  const client = async () => {
    const socket = connect(join(cluster.master.home, 'queue/cluster/c-internal.sock'));
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket.resume();
  };

  for (const [what, sent, line] of VIOLATIONS)
    it(what, async () => {
      const socket = await client();
      const closed = once(socket, 'close');
      socket.write(sent);
      await closed;
      const [told] = await waitFor('the line', () => (lines(line).length > 0 ? lines(line) : null));
      assert.match(JSON.stringify(told), /Dropped client \d+ of the local socket/);
    });

  it('but a command that there is not is answered, and the client may go on', async () => {
    const socket = await client();
    for (const counter of [9, 10]) {
      const heard = once(socket, 'data');
      socket.write(frame(counter, 'no_such ', 0));
      assert.match(String((await heard)[0]), /unknown command/);
    }
    socket.destroy();
  });

  it('but who hangs up in the middle of a frame is no violation', async () => {
    const before = lines(/Dropped client/).length;
    const socket = await client();
    socket.write(frame(1, 'get_nodes ', 50, '{'));
    socket.destroy();
    const other = await client();
    other.write(frame(1, 'no_such ', 0));
    await once(other, 'data');
    other.destroy();
    assert.equal(lines(/Dropped client/).length, before);
  });
});
