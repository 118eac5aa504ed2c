import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect, createServer as createTlsServer } from 'node:tls';
import { KeyRing } from '../../src/transport/keys.ts';
import { withSafeHello } from '../../src/transport/safe-hello.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { DEFAULT_PSK_CIPHERS, TlsPskTransport } from '../../src/transport/tls-psk.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { memoryTakenBy, SMALL_MESSAGE_BYTES } from '../wazuh4/parser-of-original.ts';
import { certified } from './fixtures.ts';
import { at, LOOPBACK } from './loopback.ts';

const KEY = '0123456789abcdef0123456789abcdef';
/** OpenSSL's `SSL_OP_TLSEXT_PADDING`: it fills a ClientHello of 256 to 511 bytes up to 512 by itself. */
const FILL_UP = 0x10;
const PSK = { ciphers: DEFAULT_PSK_CIPHERS, maxVersion: 'TLSv1.2', pskCallback: () => null } as const;

/** A port that takes what comes first, and hangs up. */
class Ear implements AsyncDisposable {
  readonly #server: Server;
  readonly heard: Buffer[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => {});
      socket.once('data', (first: Buffer) => {
        this.heard.push(first);
        socket.destroy();
      });
    });
  }

  static async open(): Promise<Ear> {
    const server = createServer().listen(LOOPBACK.port, LOOPBACK.host);
    await once(server, 'listening');
    return new Ear(server);
  }

  get address() {
    const { port } = this.#server.address() as { port: number };
    return at(`127.0.0.1:${port}`);
  }

  async hear(transport: Transport): Promise<Buffer> {
    await assert.rejects(transport.connect({ timeoutMs: 5_000 }));
    return this.heard.at(-1) ?? Buffer.alloc(0);
  }

  async hearTls(options: ConnectionOptions): Promise<Buffer> {
    const socket = connect({ ...options, ...this.address });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    return this.heard.at(-1) ?? Buffer.alloc(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const isSafe = (hello: Buffer, what: string) => {
  assert.equal(hello[0], 0x16, `${what}: a ClientHello came`);
  const bytes = memoryTakenBy(hello);
  assert.ok(bytes <= SMALL_MESSAGE_BYTES, `${what}: ${bytes} bytes`);
};

test('the ClientHello of a node makes no original take memory, by a key as by a certificate, each time anew', async () => {
  await using ear = await Ear.open();
  const keys = new KeyRing(KEY);
  const psk = (nodeName: string) => new TlsPskTransport({ ...ear.address, nodeName, keys });
  const transports = {
    'a name of one character': psk('w'),
    'the longest name': psk('w'.repeat(128)),
    certificate: new TlsCertificateTransport({ ...ear.address, ...certified('worker1') }),
  };
  for (const [what, transport] of Object.entries(transports))
    for (let times = 0; times < 2; times += 1) isSafe(await ear.hear(transport), what);
});

for (const [what, options] of [
  ['', PSK],
  [' that OpenSSL fills up itself', { ...PSK, secureOptions: FILL_UP }],
] as const) {
  test(`a ClientHello of any length${what} is given one that makes no original take memory`, async () => {
    await using ear = await Ear.open();
    const before = new Set<number>();
    for (let chars = 1; chars <= 256; chars += 1) {
      // Each character more is a byte more.
      const wanted = { ...options, servername: `${'n'.repeat(chars)}` };
      before.add((await ear.hearTls(wanted)).length % 256);
      isSafe(await ear.hearTls(withSafeHello(wanted)), `${chars} characters`);
    }
    assert.ok(before.size > 100, `${before.size} lengths were tried`);
  });
}

test('a ClientHello that is safe as it is stays as it is', async () => {
  await using ear = await Ear.open();
  const padded = withSafeHello(PSK);
  assert.deepEqual(withSafeHello(padded).ALPNProtocols, padded.ALPNProtocols);
  isSafe(await ear.hearTls(padded), 'as it is');
});

test('where no names of ALPN make a ClientHello safe, that is told and nothing is sent', () => {
  for (const lengthBytes of [300, 511, 1])
    assert.throws(() => withSafeHello(PSK, () => lengthBytes), { code: 3104, message: /nothing was sent/ });
});

test('a server of TLS that has no names of ALPN takes no notice of those that are offered', async () => {
  const server = createTlsServer({ ...PSK, pskCallback: () => Buffer.from(KEY) });
  server.listen(LOOPBACK.port, LOOPBACK.host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const options = withSafeHello({ ...PSK, pskCallback: () => ({ psk: Buffer.from(KEY), identity: 'w' }) });
  const socket = connect({ ...options, ...at(`127.0.0.1:${port}`), checkServerIdentity: () => undefined });
  try {
    await once(socket, 'secureConnect');
    assert.notEqual(options.ALPNProtocols, undefined);
    assert.equal(socket.alpnProtocol, false);
  } finally {
    socket.destroy();
    server.close();
  }
});
