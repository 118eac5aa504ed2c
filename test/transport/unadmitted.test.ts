import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { sourceOf } from '../../src/transport/addresses.ts';
import { KeyRing } from '../../src/transport/keys.ts';
import { MAX_UNADMITTED, MAX_UNADMITTED_PER_SOURCE } from '../../src/transport/limits.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { waitFor } from '../harness/wait-for.ts';
import { inScene, type Scene, type Subject } from './ends.ts';
import { certified } from './fixtures.ts';
import { at, LOOPBACK } from './loopback.ts';

const keys = new KeyRing('0123456789abcdef0123456789abcdef');
const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  tcp: () => ({
    server: new TcpTransport(LOOPBACK),
    client: (address) => new TcpTransport(at(address)),
  }),
  'tls-psk': () => ({
    server: new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys }),
    client: (address) => new TlsPskTransport({ ...at(address), nodeName: 'worker1', keys }),
  }),
  'tls-certificate': () => ({
    server: new TlsCertificateTransport({ ...LOOPBACK, ...certified('master') }),
    client: (address) => new TlsCertificateTransport({ ...at(address), ...certified('worker1') }),
  }),
};

/** Connections that say nothing, and how many of them are gone again. */
class Silent {
  closed = 0;
  readonly sockets: Socket[] = [];
  readonly #port: number;

  constructor(scene: Scene) {
    this.#port = at(scene.listener.address).port;
  }

  /** Connects from 127.0.0.<last>, one after the other, so that it is known who was first. */
  async knock(last: number, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress: `127.0.0.${last}` });
      socket.on('error', () => {
        // Those beyond a bound are reset.
      });
      socket.on('close', () => {
        this.closed += 1;
      });
      socket.resume();
      this.sockets.push(socket);
      await once(socket, 'connect');
    }
  }

  leave(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Sources that can fill all places, each with as many as it may have. */
const SOURCES = MAX_UNADMITTED / MAX_UNADMITTED_PER_SOURCE;

for (const [name, make] of Object.entries(SUBJECTS)) {
  const scene = (title: string, body: (scene: Scene, silent: Silent) => Promise<void>) =>
    test(title, () =>
      inScene(make(), async (scene) => {
        const silent = new Silent(scene);
        try {
          await body(scene, silent);
        } finally {
          silent.leave();
        }
      }),
    );
  const told = ({ rejected }: Scene) => rejected.filter(({ error }) => error.code === 3110);

  describe(`strangers on ${name}`, () => {
    scene(
      'one address has a bounded number of places, and the refusal is told with a code',
      async (scene, silent) => {
        await silent.knock(2, MAX_UNADMITTED_PER_SOURCE + 3);
        await waitFor('those beyond the bound to be dropped', () => silent.closed === 3);
        assert.equal(told(scene).length, 3);
        for (const { peer, error } of told(scene)) {
          assert.match(peer, /^127\.0\.0\.2:\d+$/);
          assert.match(error.message, /127\.0\.0\.2 has 64/);
        }
      },
    );

    scene(
      'who comes from elsewhere is served while one address holds all its places',
      async (scene, silent) => {
        await silent.knock(2, MAX_UNADMITTED_PER_SOURCE + 1);
        const before = scene.accepted.length;
        const [client, server] = await scene.talk();
        client.write('hello');
        await waitFor('the words to arrive', () => server.text === 'hello');
        assert.ok(scene.accepted.length > before);
      },
    );

    scene(
      'all places together are bounded, and a source with few of them takes one from the greediest',
      async (scene, silent) => {
        for (let source = 2; source < 2 + SOURCES; source += 1)
          await silent.knock(source, MAX_UNADMITTED_PER_SOURCE);
        assert.equal(silent.closed, 0);
        const [client, server] = await scene.talk();
        client.write('hello');
        await waitFor('the words to arrive', () => server.text === 'hello');
        await waitFor('the oldest stranger to make room', () => silent.closed === 1);
        assert.ok(silent.sockets[0]?.destroyed, 'of the first that had more than others, the oldest');
        if (name !== 'tcp')
          assert.match(told(scene)[0]?.error.message ?? '', /127\.0\.0\.2 had 64, and others wait/);
      },
    );

    scene('a place is free again when the peer is admitted, and when it has gone', async (scene, silent) => {
      await silent.knock(2, MAX_UNADMITTED_PER_SOURCE);
      silent.sockets[0]?.destroy();
      await waitFor('one to be gone', () => silent.closed === 1);
      for (const { connection } of scene.accepted)
        connection.start({ data() {}, drain() {}, end: () => connection.end(), close() {} });
      const admitted = [];
      for (let i = 0; i < MAX_UNADMITTED_PER_SOURCE + 3; i += 1) {
        const [client, server] = await scene.talk();
        server.connection.admit();
        admitted.push(client);
      }
      assert.ok(admitted.every(({ closes }) => closes.length === 0));
      assert.equal(told(scene).length, 0);
    });
  });
}

test('a source is an IPv4 address, however it is written, or the network of an IPv6 one', () => {
  assert.equal(sourceOf('10.0.0.1'), '10.0.0.1');
  assert.equal(sourceOf('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(sourceOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(sourceOf('2001:db8:1:2::1'), sourceOf('2001:db8:1:2:ffff::9'));
  assert.notEqual(sourceOf('2001:db8:1:2::1'), sourceOf('2001:db8:1:3::1'));
  assert.equal(sourceOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(sourceOf('::1'), '0:0:0:0::/64');
});
