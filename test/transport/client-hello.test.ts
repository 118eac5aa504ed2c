import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { KeyRing } from '../../src/transport/keys.ts';
import {
  HANDSHAKE_TIMEOUT_MS,
  MAX_CLIENT_HELLO_BYTES,
  MAX_HANDSHAKE_BYTES,
} from '../../src/transport/limits.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { waitFor } from '../harness/wait-for.ts';
import { inScene, type Scene } from './ends.ts';
import { certified } from './fixtures.ts';
import { at, LOOPBACK } from './loopback.ts';

const keys = new KeyRing('0123456789abcdef0123456789abcdef');
const worker = (address: string) => new TlsPskTransport({ ...at(address), nodeName: 'worker1', keys });
const inPskScene = (body: (scene: Scene) => Promise<void>) =>
  inScene({ server: new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys }), client: worker }, body);

/** What becomes of a stranger that says this, and does not end by itself. */
async function rejection(scene: Scene, bytes: Buffer | string) {
  const before = scene.rejected.length;
  const socket = connect(at(scene.listener.address));
  socket.on('error', () => {
    // To be dropped is what it has to expect.
  });
  socket.resume();
  socket.write(bytes);
  await once(socket, 'close');
  const told = await waitFor('the rejection', () => scene.rejected[before]);
  assert.equal(scene.rejected.length, before + 1, 'it is told once');
  return told.error;
}

const record = (type: number, body: Buffer) => {
  const head = Buffer.from([type, 3, 1, 0, 0]);
  head.writeUInt16BE(body.length, 3);
  return Buffer.concat([head, body]);
};
const clientHelloOf = (sizeBytes: number) => {
  const body = Buffer.alloc(1_000);
  body[0] = 1;
  body.writeUIntBE(sizeBytes, 1, 3);
  return record(0x16, body);
};

for (const [what, bytes, code, words] of [
  ['an HTTP request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 3100, /no TLS, but looks like HTTP/],
  ['an SSH banner', 'SSH-2.0-OpenSSH_9.6\r\n', 3100, /no TLS, but looks like SSH/],
  [
    'the hello of a node without security',
    Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 9]), Buffer.from('hello------')]),
    3100,
    /node without security: compare cluster\.dialect and security\.transport/,
  ],
  [
    'the hello of a node of Wazuh 4.x, which is not served here',
    Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 9]), Buffer.from('hello ------')]),
    3100,
    /a node of Wazuh 4\.x, which is not served where cluster\.dialect .* is "muster"/,
  ],
  ['zeros', Buffer.alloc(64), 3100, /no TLS$/],
  ['another message of TLS', record(0x16, Buffer.alloc(64, 2)), 3100, /no beginning of a TLS handshake/],
  ['a record that holds no message', Buffer.from([22, 3, 1, 0, 1, 1, 0, 0, 0]), 3100, /no beginning/],
  [
    'a ClientHello that would make OpenSSL take 128 KiB',
    clientHelloOf(131_000),
    3113,
    /ClientHello of 131000 bytes/,
  ],
  ['a ClientHello just too large', clientHelloOf(MAX_CLIENT_HELLO_BYTES + 1), 3113, /at most 4096/],
] as const) {
  test(`a stranger on a TLS port is dropped at once for ${what}, and the log says what it was`, () =>
    inPskScene(async (scene) => {
      const error = await rejection(scene, bytes);
      assert.equal(error.code, code);
      assert.match(error.message, words);
      await scene.talk();
    }));
}

test('a ClientHello that comes byte by byte is as good as any', () =>
  inPskScene(async (scene) => {
    const proxy = await proxyTo(scene, (client, server) => {
      client.on('data', (chunk: Buffer) => {
        for (const byte of chunk) server.write(Buffer.from([byte]));
      });
    });
    const [client, server] = await scene.talk(worker(proxy.address));
    client.write('hello');
    await waitFor('the words', () => server.text === 'hello');
    proxy.close();
  }));

test('a handshake of more than 16 KiB that does not come to its end is dropped long before its deadline', async () => {
  const { certificate, ...rest } = certified('worker1');
  const long = { ...rest, certificate: certificate.repeat(50) };
  const subject = {
    server: new TlsCertificateTransport({ ...LOOPBACK, ...certified('master') }),
    client: (address: string) => new TlsCertificateTransport({ ...at(address), ...long }),
  };
  await inScene(subject, async (scene) => {
    // The certificates are many, and their last bytes do not come.
    const proxy = await proxyTo(scene, (client, server) => {
      let sent = 0;
      client.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, Math.max(0, MAX_HANDSHAKE_BYTES + 4_096 - sent));
        sent += chunk.length;
        server.write(part);
      });
    });
    const startedMs = performance.now();
    const client = subject.client(proxy.address).connect({ timeoutMs: HANDSHAKE_TIMEOUT_MS });
    const dropped = await waitFor('the server to drop it', () =>
      scene.rejected.find(({ error }) => error.code === 3113),
    );
    assert.match(dropped.error.message, /TLS handshake of \d+ bytes/);
    assert.ok(performance.now() - startedMs < HANDSHAKE_TIMEOUT_MS / 2);
    await client.then(
      (connection) => connection.destroy(null),
      () => {
        // Either is right for the client.
      },
    );
    proxy.close();
  });
});

/** A way to the listener of a scene on which the bytes of the client are passed on by `pass`. */
async function proxyTo(scene: Scene, pass: (client: Socket, server: Socket) => void) {
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const server = connect(at(scene.listener.address));
    sockets.push(client, server);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
    }
    server.pipe(client);
    pass(client, server);
  });
  await new Promise<void>((resolve) => proxy.listen(LOOPBACK, resolve));
  const { port } = proxy.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The header of a `hello` of Wazuh 4.x, and the beginning of its token. */
const WAZUH4_HELLO = Buffer.concat([
  Buffer.from('0000000100000078', 'hex'),
  Buffer.from('hello ------gAAAAAB'),
]);

test('a hello of Wazuh 4.x on a TLS port is handed on with its first bytes where it is served, and is no TLS elsewhere', async () => {
  const server = new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys });
  const taken: Buffer[] = [];
  const dialects: string[] = [];
  const listener = await server.listen({
    servesWazuh4: true,
    onConnection: (connection) => {
      dialects.push(connection.peer.dialect);
      connection.start({
        data: (chunk) => taken.push(Buffer.from(chunk)),
        drain: () => {},
        end: () => connection.end(),
        close: () => {},
      });
    },
    onRejected: () => {},
    onError: () => {},
  });
  try {
    const original = connect(at(listener.address));
    for (const byte of WAZUH4_HELLO) original.write(Buffer.of(byte));
    await waitFor('all of it', () => Buffer.concat(taken).equals(WAZUH4_HELLO));
    const own = await worker(listener.address).connect({ timeoutMs: 5_000 });
    await waitFor('one of ours', () => dialects.length === 2);
    assert.deepEqual(dialects, ['wazuh4', 'muster']);
    own.destroy(null);
    original.destroy();
  } finally {
    await listener.close();
  }
  await inPskScene(async (scene) => {
    assert.equal((await rejection(scene, WAZUH4_HELLO)).code, 3100);
  });
});
