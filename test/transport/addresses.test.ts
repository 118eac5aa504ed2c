import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { hostPort, peerAddress } from '../../src/transport/addresses.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';

const nobody = { onConnection() {}, onRejected() {}, onError() {} };

test('an address of IPv6 is told so that its port can be seen, in errors too', async () => {
  assert.equal(hostPort({ host: '10.0.0.1', port: 1516 }), '10.0.0.1:1516');
  assert.equal(hostPort({ host: '::1', port: 1516 }), '[::1]:1516');
  // An address for documents, which no machine has.
  const transport = new TcpTransport({ host: '2001:db8::1', port: 1516 });
  await assert.rejects(transport.listen(nobody), { code: 3101, message: /: \[2001:db8::1\]:1516: / });
});

test('a peer that was gone before anybody asked where it is has words instead of an address', () => {
  assert.equal(peerAddress({ remoteAddress: '10.0.0.1', remotePort: 7 } as Socket), '10.0.0.1:7');
  assert.equal(peerAddress({} as Socket), 'an unknown address');
});
