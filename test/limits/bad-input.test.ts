import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { encodeMessage } from '../../src/protocol/frame.ts';
import { HEADER_BYTES } from '../../src/protocol/limits.ts';
import { MAX_UNADMITTED_PER_SOURCE } from '../../src/transport/limits.ts';
import { waitFor } from '../e2e/cluster.ts';
import { WatchedMaster } from './master.ts';
import { RawPeer } from './raw-peer.ts';

/** A frame that says it has 4 GiB. */
const FOUR_GIB = (() => {
  const head = Buffer.alloc(HEADER_BYTES, '-');
  head.writeUInt32BE(1, 0);
  head.writeUInt32BE(0xffff_ffff, 4);
  head.write('hello', 8);
  head.set([1, 1], HEADER_BYTES - 2);
  return head;
})();
const CLIENT_HELLO = Buffer.from('16030100c8010000c40303', 'hex');
/** Random bytes that are no frame even by chance: no command has such a letter. */
const withoutLuck = (bytes: Buffer) => bytes.fill(0x80, 8, 9);
const joined = (chunks: readonly Uint8Array[]) => Buffer.concat([...chunks]);
const hello = (session: number) => ({
  name: 'twice',
  cluster: 'wazuh',
  type: 'worker' as const,
  version: '1',
  protocol: { min: 1, max: 1 },
  features: [],
  node: '0'.repeat(32),
  session,
});

describe('bad input of the network: dropped at once, with a code in the log, and nobody else feels it', () => {
  let master: WatchedMaster;
  let peer: RawPeer;
  before(async () => {
    master = await WatchedMaster.start('none');
    peer = await RawPeer.connect(master.cluster.port, 'bystander');
  });
  after(async () => {
    peer.close();
    await master.close();
  });

  const isWell = async () => assert.deepEqual(await peer.ask('echo', { data: 'well' }), { data: 'well' });

  for (const [what, bytes, code, words] of [
    ['random bytes', withoutLuck(randomBytes(4096)), 3100, 'Protocol violation'],
    [
      'a TLS ClientHello on a plain port',
      Buffer.concat([CLIENT_HELLO, Buffer.alloc(200)]),
      3100,
      'looks like TLS: compare cluster.dialect and security.transport',
    ],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 3100, 'looks like HTTP'],
    ['an SSH banner', Buffer.from('SSH-2.0-OpenSSH_9.6p1 Debian-3\r\n'), 3100, 'looks like SSH'],
    ['a frame that claims 4 GiB', FOUR_GIB, 3113, 'a payload of 4294967295 bytes, at most 4096'],
    [
      'a command before hello',
      joined(musterDialect.encodeRequest(1, 'echo', { data: 'x' })),
      3107,
      'hello: echo',
    ],
  ] as const) {
    it(`${what}: the connection is closed with ${code}`, async () => {
      const stranger = await master.knock(9);
      const closed = once(stranger.socket, 'close');
      stranger.socket.write(bytes);
      await closed;
      await waitFor(
        'the log to say why',
        () =>
          master.output
            .split('\n')
            .some((line) =>
              [stranger.address, `Error ${code} - `, words].every((part) => line.includes(part)),
            ),
        5_000,
        () => master.output.slice(-2_000),
      );
      assert.ok((stranger.borneMs ?? Number.POSITIVE_INFINITY) < 4_000, 'before its deadline');
      await isWell();
    });
  }

  it('a port scanner that connects and leaves, or resets: nothing is left of it', async () => {
    // Of each kind more than one address has places: they would be taken if anything of a scanner stayed.
    for (let i = 0; i < 2 * (MAX_UNADMITTED_PER_SOURCE + 1); i += 1) {
      const scanner = await master.knock(10);
      if (i % 2 === 0) scanner.socket.resetAndDestroy();
      else scanner.socket.end();
      await waitFor('its end', () => scanner.borneMs !== null);
    }
    await waitFor('the log', () =>
      /127\.0\.0\.10:\d+: Error 3103 - .*(before it said hello|ECONNRESET)/.test(master.output),
    );
    (await RawPeer.connect(master.cluster.port, 'neighbour', '127.0.0.10')).close();
    await isWell();
  });

  it('a frame that claims 4 GiB, from a peer that was admitted: 3113, before a byte is stored', async () => {
    const liar = await RawPeer.connect(master.cluster.port, 'liar');
    liar.write(FOUR_GIB);
    await waitFor('it to be dropped', () => liar.isClosed);
    await waitFor('the log', () =>
      /\[Worker liar\] \[Main\] Disconnected: Error 3113 - .*4294967295/.test(master.output),
    );
    await isWell();
  });

  it('an unknown command: answered with 3109, and the connection lives on', async () => {
    const payload = Buffer.from([0x80]);
    // What else the master says, and says before, is no answer: each has its counter.
    const other = isWell();
    const makeCoffee = peer.say((counter) =>
      encodeMessage({ counter, command: 'make_coffee', encoding: 1, payload }),
    );
    await assert.rejects(makeCoffee, { code: 3109, message: /make_coffee/ });
    await other;
    await isWell();
  });

  it('a second hello of a peer that was admitted: answered with 3100, and the connection lives on', async () => {
    await assert.rejects(peer.ask('hello', hello(9)), { code: 3100, message: /hello was said already/ });
    await isWell();
  });

  it('a hello that is no hello: closed with 3108, or refused by the name that is wrong with 3105', async () => {
    const stranger = await master.knock(11);
    stranger.socket.write(
      joined(encodeMessage({ counter: 1, command: 'hello', encoding: 1, payload: Buffer.from([0x80]) })),
    );
    await waitFor('it to be dropped', () => stranger.borneMs !== null);
    await waitFor('the log', () => /127\.0\.0\.11:\d+: Error 3108/.test(master.output));
    await assert.rejects(RawPeer.connect(master.cluster.port, '../evil'), { code: 3105 });
    await isWell();
  });
});
