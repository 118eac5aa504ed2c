import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { deriveKey, KeyRing } from '../../src/transport/keys.ts';
import { DEFAULT_PSK_CIPHERS, TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { waitFor } from '../harness/wait-for.ts';
import { inScene, type Scene } from './ends.ts';
import { at, LOOPBACK } from './loopback.ts';

const OLD = 'old_key_old_key_old_key_old_key_';
const NEW = 'new_key_new_key_new_key_new_key_';
const FOREIGN = 'foreign_foreign_foreign_foreign_';

/** A ring that says one key and uses another: what a forger would have to do. */
const forged = { used: { keyId: deriveKey(OLD).keyId, psk: deriveKey(FOREIGN).psk } } as KeyRing;

const inPskScene = (keys: KeyRing, body: (scene: Scene) => Promise<void>) =>
  inScene(
    {
      server: new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys }),
      client: (address) => worker(address, keys),
    },
    body,
  );
const worker = (address: string, keys: KeyRing, nodeName = 'worker1') =>
  new TlsPskTransport({ ...at(address), nodeName, keys });

test('the master learns name and key of the worker from the handshake', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const name = `w${'x'.repeat(127)}`;
    const [client, server] = await scene.connect(worker(scene.listener.address, new KeyRing(OLD), name));
    const { keyId } = deriveKey(OLD);
    assert.deepEqual(
      { ...server.connection.peer, address: '' },
      { address: '', nodeName: name, keyId, authenticated: true, dialect: 'muster' },
    );
    assert.equal(client.connection.peer.authenticated, true);
    assert.equal(client.connection.peer.nodeName, null, 'the server has proven the key, not a name');
  }));

test('a wrong key ends in 3106 on both sides, with words that name the address and what is wrong', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const { address } = scene.listener;
    await assert.rejects(worker(address, new KeyRing(FOREIGN)).connect({ timeoutMs: 5_000 }), {
      code: 3106,
      message: new RegExp(`${address}: the other node does not accept the cluster key of this one`),
    });
    await waitFor('the rejection', () => scene.rejected.length === 1);
    assert.equal(scene.rejected[0]?.error.code, 3106);
    const { peer = '', error } = scene.rejected[0] ?? {};
    assert.match(error?.message ?? '', /its cluster key is none that this node accepts/);
    assert.ok(!error?.message.includes(peer), 'whoever tells of it names the address already');
    await assert.rejects(worker(address, forged).connect({ timeoutMs: 5_000 }), {
      code: 3106,
      message: /do not hold the same cluster key/,
    });
    await waitFor('the second rejection', () => scene.rejected.length === 2);
    assert.equal(scene.rejected[1]?.error.code, 3106);
    assert.equal(scene.accepted.length, 0);
  }));

test('an identity that is no node name and key id is refused', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const keys = new KeyRing(OLD);
    for (const name of ['', '..', 'a b', 'a:b', '-a', 'x'.repeat(129), 'a\u0000b']) {
      const connecting = worker(scene.listener.address, keys, name).connect({ timeoutMs: 5_000 });
      await assert.rejects(connecting, (error: { code: number }) => [3102, 3106].includes(error.code), name);
    }
    assert.equal(scene.accepted.length, 0);
  }));

test('a key is changed without a stop: first accepted everywhere, then used, then the old one goes', async () => {
  const both = new KeyRing(OLD, [NEW]);
  await inPskScene(both, async (scene) => {
    const { address } = scene.listener;
    const [, first] = await scene.talk(worker(address, new KeyRing(OLD)));
    const [, second] = await scene.talk(worker(address, new KeyRing(NEW, [OLD])));
    assert.equal(first.connection.peer.keyId, deriveKey(OLD).keyId);
    assert.equal(second.connection.peer.keyId, deriveKey(NEW).keyId);
  });
  await inPskScene(new KeyRing(NEW), async (scene) => {
    const connecting = worker(scene.listener.address, both).connect({ timeoutMs: 5_000 });
    await assert.rejects(connecting, { code: 3106 });
  });
});

test('other suites may be configured, and both sides must have one in common', async () => {
  const keys = new KeyRing(OLD);
  const ciphers = 'PSK-AES256-GCM-SHA384:ECDHE-PSK-CHACHA20-POLY1305';
  const subject = {
    server: new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys, ciphers }),
    client: (address: string) => worker(address, keys),
  };
  await inScene(subject, async (scene) => {
    const { address } = scene.listener;
    await scene.talk();
    const node = { ...at(address), nodeName: 'worker1', keys };
    await scene.talk(new TlsPskTransport({ ...node, ciphers: 'PSK-AES256-GCM-SHA384' }));
    const stubborn = new TlsPskTransport({ ...node, ciphers: 'PSK-CHACHA20-POLY1305' });
    await assert.rejects(stubborn.connect({ timeoutMs: 5_000 }), {
      code: 3106,
      message: /same kind of security/,
    });
  });
});

test('no session is resumed, because a resumed one proves neither key nor name', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const { psk, keyId } = deriveKey(OLD);
    const options = (name: string) => ({
      ...at(scene.listener.address),
      ciphers: DEFAULT_PSK_CIPHERS,
      minVersion: 'TLSv1.2' as const,
      maxVersion: 'TLSv1.2' as const,
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk, identity: `${name}:${keyId}` }),
    });
    const first = connectTls(options('worker1'));
    await once(first, 'secureConnect');
    const session = first.getSession();
    assert.ok(session);
    const second = connectTls({ ...options('worker2'), session });
    await once(second, 'secureConnect');
    assert.equal(second.isSessionReused(), false);
    await waitFor('both to be accepted', () => scene.accepted.length === 2);
    assert.deepEqual(
      scene.accepted.map(({ connection }) => connection.peer.nodeName),
      ['worker1', 'worker2'],
    );
    first.destroy();
    second.destroy();
  }));

test('a session is not renegotiated: its name holds as long as the connection', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const { psk, keyId } = deriveKey(OLD);
    const socket = connectTls({
      ...at(scene.listener.address),
      ciphers: DEFAULT_PSK_CIPHERS,
      maxVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk, identity: `worker1:${keyId}` }),
    });
    await once(socket, 'secureConnect');
    await waitFor('the server to accept', () => scene.accepted.length === 1);
    const server = scene.accepted[0]?.start();
    const refused = once(socket, 'error');
    socket.renegotiate({}, () => {});
    assert.match(String(await refused), /no renegotiation/);
    await waitFor('the end of the connection', () => server?.closes.length === 1);
    socket.destroy();
  }));

test('what is no TLS, or not ours, is rejected quietly, with its address, and costs nothing afterwards', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const { port } = at(scene.listener.address);
    const rejections = async (send: () => Promise<unknown>) => {
      const before = scene.rejected.length;
      await send();
      await waitFor('a rejection', () => scene.rejected.length > before);
      return scene.rejected.at(-1);
    };
    const garbage = [
      'GET / HTTP/1.0\r\n\r\n',
      Buffer.alloc(4096, 0xff),
      '',
      Buffer.from('160301020001', 'hex'),
    ];
    for (const bytes of garbage) {
      const rejection = await rejections(() => speak(port, bytes));
      assert.equal(rejection?.error.code, 3100);
      assert.match(rejection?.peer ?? '', /^127\.0\.0\.1:\d+$/);
      assert.doesNotMatch(rejection?.error.message ?? '', /openssl|0x|error:|\n/, 'words, not a dump');
    }
    const reset = await rejections(async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.resetAndDestroy();
    });
    assert.equal(reset?.error.code, 3100);
    const browser = await rejections(async () => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await assert.rejects(once(socket, 'secureConnect'));
    });
    assert.equal(browser?.error.code, 3106);
    await scene.talk();
    assert.equal(scene.accepted.length, 1, 'the listener still serves');
  }));

test('handshakes end with their listener', () =>
  inPskScene(new KeyRing(OLD), async (scene) => {
    const socket = connect(at(scene.listener.address).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {
      // It is dropped while it says nothing.
    });
    const closed = once(socket, 'close');
    socket.resume();
    await new Promise(setImmediate);
    await scene.listener.close();
    await closed;
    assert.deepEqual(scene.rejected, []);
  }));

test('a server that is no TLS server, or falls silent, is told apart from one that cannot be reached', async () => {
  const plain = createServer((socket) => socket.on('error', () => {}).end('hello\n'));
  const silent = createServer((socket) => socket.on('error', () => {}));
  const closing = createServer((socket) => socket.destroy());
  const servers = [plain, silent, closing];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(LOOPBACK, resolve));
  const codes = await Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as AddressInfo;
      const transport = worker(`127.0.0.1:${port}`, new KeyRing(OLD));
      return await transport.connect({ timeoutMs: 500 }).catch((error) => error.code);
    }),
  );
  assert.deepEqual(codes, [3100, 3102, 3102]);
  for (const server of servers) server.close();
});

test('the deadline of the handshake is its own, however long the caller would wait', async (test) => {
  const silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(LOOPBACK, resolve));
  const accepted = once(silent, 'connection');
  test.mock.timers.enable({ apis: ['setTimeout'] });
  const { port } = silent.address() as AddressInfo;
  const connecting = worker(`127.0.0.1:${port}`, new KeyRing(OLD)).connect({ timeoutMs: 60_000 });
  const refused = assert.rejects(connecting, { code: 3104 });
  await accepted;
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  test.mock.timers.tick(5_001);
  await refused;
  silent.close();
});

/** Sends bytes as a stranger, and waits for the end of the connection. */
async function speak(port: number, bytes: string | Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {
    // Being dropped is what is wanted.
  });
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
}
