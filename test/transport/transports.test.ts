import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SimulatedClock } from 'xstate';
import { KeyRing } from '../../src/transport/keys.ts';
import { MemoryTransport } from '../../src/transport/memory.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { UnixTransport } from '../../src/transport/unix.ts';
import { complies } from './compliance.ts';
import { certified } from './fixtures.ts';
import { at, LOOPBACK } from './loopback.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-transport-'));
after(() => rmSync(directory, { recursive: true, force: true }));

complies('tcp', () => ({
  server: new TcpTransport(LOOPBACK),
  client: (address) => new TcpTransport(at(address)),
}));

const keys = new KeyRing('0123456789abcdef0123456789abcdef');
complies('tls-psk', () => ({
  server: new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys }),
  client: (address) => new TlsPskTransport({ ...at(address), nodeName: 'worker1', keys }),
}));

complies('tls-certificate', () => ({
  server: new TlsCertificateTransport({ ...LOOPBACK, ...certified('master') }),
  client: (address) => new TlsCertificateTransport({ ...at(address), ...certified('worker1') }),
}));

let sockets = 0;
complies('unix', () => {
  sockets += 1;
  const transport = new UnixTransport(join(directory, `s${sockets}`));
  return { server: transport, client: () => transport };
});

complies('memory', () => {
  const transport = new MemoryTransport();
  return { server: transport, client: () => transport };
});

complies('memory with bytes in small pieces', () => {
  const transport = new MemoryTransport({
    clientToServer: { maxChunkBytes: 977 },
    serverToClient: { maxChunkBytes: 1499 },
  });
  return { server: transport, client: () => transport };
});

complies('memory with a delay', () => {
  const clock = new SimulatedClock();
  const tick = setInterval(() => clock.increment(10), 1);
  after(() => clearInterval(tick));
  tick.unref();
  const transport = new MemoryTransport({
    clock,
    clientToServer: { delayMs: 25 },
    serverToClient: { delayMs: 40, maxChunkBytes: 5_000 },
  });
  return { server: transport, client: () => transport };
});
