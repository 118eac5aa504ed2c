import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { Cluster, waitFor } from './cluster.ts';

/** Longer than until a worker tells that it waits, so that it does. */
const REQUEST_TIMEOUT_S = 4;
/** On a machine that has much else to do. */
const DEADLINE_MS = 30_000;

test('a worker before a port that takes connections and says nothing tells within seconds for whom and what it waits', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {}).resume()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cluster = await Cluster.create(0);
  after(async () => {
    await cluster.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const worker = await cluster.addWorker('worker1', 'worker1', port);
  cluster.configure({ intervals: { communication: { timeout_cluster_request: REQUEST_TIMEOUT_S } } });
  worker.start();
  const says = (pattern: RegExp) =>
    waitFor(
      `the worker to say ${pattern}`,
      () => pattern.test(worker.output),
      DEADLINE_MS,
      () => worker.output,
    );
  await says(new RegExp(`Waiting for the master at 127\\.0\\.0\\.1:${port} to take the connection`));
  await says(
    new RegExp(`Waiting for the master at 127\\.0\\.0\\.1:${port} to answer hello, for at most 4 s`),
  );
  await says(
    new RegExp(
      `Could not connect to master: Error 3020 - No answer in time: hello, from 127\\.0\\.0\\.1:${port}"`,
    ),
  );
  const [waits, fails] = ['Waiting for the master', 'Could not connect'].map((words) =>
    worker.output.indexOf(words),
  );
  assert.ok((waits ?? 0) < (fails ?? 0), 'it is told before anything has failed');
});
