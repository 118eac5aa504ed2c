import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { KeyRing } from '../../src/transport/keys.ts';
import { MemoryTransport } from '../../src/transport/memory.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { UnixTransport } from '../../src/transport/unix.ts';
import { complies } from './compliance.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-transport-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const at = (address: string) => ({ host: '127.0.0.1', port: Number(address.split(':').at(-1)) });
const keys = new KeyRing('0123456789abcdef0123456789abcdef');

complies('tcp', () => ({
  server: new TcpTransport(LOOPBACK),
  client: (address) => new TcpTransport(at(address)),
}));

complies('tls-psk', () => ({
  server: new TlsPskTransport({ ...LOOPBACK, nodeName: 'master', keys }),
  client: (address) => new TlsPskTransport({ ...at(address), nodeName: 'worker1', keys }),
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

const { authority, certificates } = makeCertificates(['master', 'worker1']);
const certified = (name: 'master' | 'worker1') => ({ authority, serverName: null, ...certificates[name] });
complies('tls-certificate', () => ({
  server: new TlsCertificateTransport({ ...LOOPBACK, ...certified('master') }),
  client: (address) => new TlsCertificateTransport({ ...at(address), ...certified('worker1') }),
}));

/** A certificate authority and certificates of its nodes, made by the openssl of the machine. */
function makeCertificates<Name extends string>(names: readonly Name[]) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  );
  const made = names.map((name) => {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.pem`,
      '-days',
      '2',
    );
    return [name, { certificate: read(`${name}.pem`), privateKey: read(`${name}.key`) }] as const;
  });
  return {
    authority: read('ca.pem'),
    certificates: Object.fromEntries(made) as Record<Name, { certificate: string; privateKey: string }>,
  };
}

function read(name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}
