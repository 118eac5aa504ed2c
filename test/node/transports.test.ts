import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { clusterTransport } from '../../src/node/transports.ts';
import { TlsCertificateTransport } from '../../src/transport/tls-certificate.ts';
import { ossecConf, temporaryHome } from '../config/temporary-home.ts';
import { certified } from '../transport/fixtures.ts';
import { at, LOOPBACK } from '../transport/loopback.ts';

const { certificate, privateKey, authority } = certified('worker1');
const home = (port: number, security: object, ossec: Record<string, string> = {}) =>
  temporaryHome({
    'etc/ossec.conf': ossecConf({ nodes: '<node>127.0.0.1</node>', port: String(port), ...ossec }),
    'etc/muster.json': JSON.stringify({ security: { transport: 'certificate', ...security } }),
    'etc/muster.crt': certificate,
    'etc/muster.key': privateKey,
    'etc/muster-ca.crt': authority,
  });

for (const [role, isMaster] of [
  ['master', true],
  ['worker2', false],
] as const) {
  test(`a worker takes ${isMaster ? 'the node of that name' : 'no other node of the authority'} for its master`, async () => {
    const server = new TlsCertificateTransport({ ...LOOPBACK, ...certified(role) });
    const listener = await server.listen({
      onConnection: (connection) => connection.destroy(null),
      onRejected: () => {},
      onError: () => {},
    });
    try {
      const config = await loadConfig(home(at(listener.address).port, { master_name: 'master' }));
      const connecting = clusterTransport(config, false).connect({ timeoutMs: 5_000 });
      if (isMaster) (await connecting).destroy(null);
      else await assert.rejects(connecting, { code: 3106, message: /that of worker2, not that of master/ });
    } finally {
      await listener.close();
    }
  });
}

test('with certificates a worker must be told the name of its master; a master needs none', async () => {
  await assert.rejects(loadConfig(home(1516, {})), {
    code: 3004,
    message: /security\.master_name is absent/,
  });
  await assert.rejects(loadConfig(home(1516, { master_name: 'a/b' })), { code: 3004 });
  assert.equal((await loadConfig(home(1516, {}, { node_type: 'master' }))).security.masterName, null);
});

test('a certificate that is not there is told of by its setting', async () => {
  const path = home(1516, { certificate: 'etc/nowhere.crt' }, { node_type: 'master' });
  const config = await loadConfig(path);
  assert.throws(() => clusterTransport(config, false), {
    code: 3004,
    message: /security\.certificate: .*etc\/nowhere\.crt: there is no such file or directory \(ENOENT\)$/,
  });
});
