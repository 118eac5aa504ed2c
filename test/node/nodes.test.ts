import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterDiff } from '../../src/node/effects/cluster-diff.ts';
import { listNodes } from '../../src/node/effects/nodes.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { NodeStatus } from '../../src/node/status.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_NODES } from '../../src/protocol/limits.ts';
import { clusterHandlers } from '../../src/requests/handlers/cluster.ts';
import type { HandlerContext } from '../../src/requests/handlers.ts';
import { waitFor } from '../harness/wait-for.ts';

const WORKERS = 700;
const workers = new Map(
  Array.from({ length: WORKERS }, (_, at) => [
    at,
    {
      name: `worker${at + 1}`,
      version: '1',
      address: '10.0.0.1:1516',
      digest: null,
      found: null,
      connectedAt: '',
      lastKeepalive: '',
    },
  ]),
);
const config = { nodeName: 'master', nodes: ['10.0.0.9'], bindAddress: '0.0.0.0' };
const services = {
  config,
  version: '1',
  status: Object.assign(new NodeStatus(new Date(0)), { workers }),
  index: { digest: '' },
} as unknown as NodeServices;
const context = {
  services: { config, nodes: async (query: Parameters<typeof listNodes>[1]) => listNodes(services, query) },
} as unknown as HandlerContext;

test('a request without a limit gets 500 nodes, and is told how many there are', () => {
  const { items, totalItems } = listNodes(services, {});
  assert.deepEqual([items.length, totalItems], [500, WORKERS + 1]);
  assert.equal(listNodes(services, { limit: MAX_NODES }).items.length, WORKERS + 1);
});

test('methods of the cluster know every node, also beyond the 500 that the local protocol tells at once', async () => {
  const found = await clusterHandlers['cluster.nodes']({ nodes: ['worker650', 'worker701'] }, context);
  assert.deepEqual(
    found.items.map(({ name }) => name),
    ['worker650'],
  );
  assert.deepEqual(found.failed[0]?.ids, ['worker701']);
});

test('nodes that look the same in the fields that were selected are one, before they are counted and paged', () => {
  const query = { select: ['type', 'version'] as const, distinct: true };
  const { items, totalItems } = listNodes(services, {
    ...query,
    select: [...query.select],
    offset: 1,
    limit: 5,
  });
  assert.deepEqual([items, totalItems], [[{ type: 'worker', version: '1' }], 2]);
});

test('workers are asked for their files no longer than somebody waits for what they have', async () => {
  const waiting = new AbortController();
  const asked: AbortSignal[] = [];
  const channel = {
    request: (_command: string, _args: object, { signal }: { signal: AbortSignal }) => {
      asked.push(signal);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new MusterError(3120)));
      });
    },
  };
  const master = {
    config: { role: 'master', intervals: { communication: { timeoutClusterRequestMs: 20_000 } } },
    status: { workers: new Map([[1, { name: 'worker1' }]]), worker: () => undefined },
    channels: { get: () => channel },
    index: { scan: async () => {}, list: async () => new Map() },
  } as unknown as NodeServices;
  const diff = clusterDiff(master, null, { signal: waiting.signal });
  await waitFor('the worker to be asked', () => asked.length > 0 || null);
  waiting.abort();
  assert.equal((await diff).nodes.worker1?.error?.code, 3120);
  await assert.rejects(clusterDiff(master, null, { signal: waiting.signal }), { code: 3120 });
  assert.equal(asked.length, 1);
});
