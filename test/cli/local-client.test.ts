import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { localRequest } from '../../src/local/client.ts';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { fakeDaemon } from './fake-daemon.ts';
import { temporaryFolder } from './run-muster.ts';

test('a daemon that does not answer is error 3020 at the deadline', async () => {
  const home = temporaryFolder();
  await fakeDaemon(home, { get_status: null });
  await assert.rejects(localRequest(home, 'get_status', {}, { timeoutMs: 50 }), { code: 3020 });
});

test('a reply of the wrong shape is refused, also from a daemon of this machine', async () => {
  const home = temporaryFolder();
  await fakeDaemon(home, { get_nodes: { items: 'many' } });
  await assert.rejects(localRequest(home, 'get_nodes', {}), { code: 3108 });
});

test('a reply of many frames arrives whole', async () => {
  const home = temporaryFolder();
  const files = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, n) => [`etc/lists/${n}`, 'ab'.repeat(64)]),
  );
  await fakeDaemon(home, { get_hash: { files } });
  assert.deepEqual((await localRequest(home, 'get_hash', {})).files, files);
});

test('the daemon of Wazuh 4.x in the place of ours is called by its name', async () => {
  const home = temporaryFolder();
  const path = join(home, 'queue/cluster/c-internal.sock');
  mkdirSync(dirname(path), { recursive: true });
  const original = createServer((socket) => {
    socket.once('data', () =>
      socket.write('\0\0\0\x01\0\0\0\x18err --------{"__wazuh_exception__": {}}', 'latin1'),
    );
  }).listen(path);
  await once(original, 'listening');
  after(() => original.close());
  await assert.rejects(localRequest(home, 'get_status', {}), {
    code: 3100,
    message: /looks like the daemon of Wazuh 4\.x, which understands its own tools only/,
  });
});

test('a request whose long answer is not there fails, and does not wait for its deadline', async () => {
  const home = temporaryFolder();
  const answer = musterDialect.encodeRequest(1, 'dapi_res', { id: 'r9', handle: 7, text: null });
  await fakeDaemon(home, { dapi: { id: 'r9' } }, { dapi: answer });
  const client = await ClusterClient.connect(home);
  await assert.rejects(client.request('cluster.status', {}, { timeoutMs: 1_000 }), { code: 3035 });
  await client.close();
});
