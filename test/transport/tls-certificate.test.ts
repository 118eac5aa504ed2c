import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing } from '../../src/transport/keys.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { waitFor } from '../harness/wait-for.ts';
import { End, inScene, type Scene } from './ends.ts';
import { certified } from './fixtures.ts';
import { at, LOOPBACK } from './loopback.ts';

type Name = Parameters<typeof certified>[0];
const node = (address: string, name: Name, serverName: string | null = null) =>
  new TlsCertificateTransport({ ...at(address), ...certified(name, serverName) });

const inCertifiedScene = (body: (scene: Scene) => Promise<void>, server: Name = 'master') =>
  inScene(
    {
      server: new TlsCertificateTransport({ ...LOOPBACK, ...certified(server) }),
      client: (address) => node(address, 'worker1'),
    },
    body,
  );

test('both sides learn the name of the other from its certificate', () =>
  inCertifiedScene(async (scene) => {
    const [client, server] = await scene.connect(node(scene.listener.address, 'worker2'));
    const names = [server, client].map(({ connection: { peer } }) => [peer.nodeName, peer.authenticated]);
    assert.deepEqual(names, [
      ['worker2', true],
      ['master', true],
    ]);
  }));

test('a worker that knows whom it wants refuses every other node of the cluster', () =>
  inCertifiedScene(async (scene) => {
    await scene.connect(node(scene.listener.address, 'worker1', 'master'));
    const connecting = node(scene.listener.address, 'worker1', 'worker2').connect({ timeoutMs: 5_000 });
    await assert.rejects(connecting, { code: 3106, message: /that of master, not that of worker2/ });
  }));

for (const [name, reason] of [
  ['stranger', 'another authority signed it'],
  ['expired', 'it has expired'],
  ['nameless', 'its common name is no node name'],
] as const) {
  test(`a worker's certificate is refused when ${reason}`, () =>
    inCertifiedScene(async (scene) => {
      // With TLS 1.3 the client is ready before the server has looked at its certificate, so it may hear of it later.
      const outcome = await node(scene.listener.address, name)
        .connect({ timeoutMs: 5_000 })
        .then((connection) => new End(connection).start())
        .catch((error) => error.code);
      await waitFor('the rejection', () => scene.rejected.length === 1);
      assert.equal(scene.rejected[0]?.error.code, 3106);
      assert.equal(scene.accepted.length, 0);
      if (!(outcome instanceof End)) assert.equal(outcome, 3106);
      else await waitFor('the end of the connection', () => outcome.closes.length === 1);
    }));

  test(`a master's certificate is refused when ${reason}`, () =>
    inCertifiedScene(async (scene) => {
      const connecting = scene.subject.client(scene.listener.address).connect({ timeoutMs: 5_000 });
      await assert.rejects(connecting, { code: 3106 });
    }, name));
}

test('a side that uses a key and one that uses certificates do not meet', () =>
  inCertifiedScene(async (scene) => {
    const keys = new KeyRing('0123456789abcdef0123456789abcdef');
    const psk = new TlsPskTransport({ ...at(scene.listener.address), nodeName: 'worker1', keys });
    await assert.rejects(psk.connect({ timeoutMs: 5_000 }), { code: 3106, message: /same kind of security/ });
    await waitFor('the rejection', () => scene.rejected.length === 1);
  }));
