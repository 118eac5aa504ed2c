import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { MAX_RUNNING_REQUESTS, MAX_SHARE_OF_SOURCE } from '../../machines/dapi/limits.ts';
import type { ClusterClient } from '../../src/local/cluster-client.ts';
import { MAX_OUTSTANDING_REQUESTS } from '../../src/node/requests.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import type { InProcessNode } from './cluster-in-process.ts';
import { DapiCluster } from './dapi-cluster.ts';

let dapi: DapiCluster;
afterEach(() => dapi.close());

/** Requests that a node works on now. */
function liveAt({ root }: InProcessNode): number {
  const dynamic = root.getSnapshot().children?.requests?.getSnapshot().children?.dapi;
  return dynamic?.getSnapshot().size ?? 0;
}

/** How many of so many requests end how: `answered`, or the code of their error. */
async function endsOf(asked: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const one of await Promise.allSettled(asked)) {
    const end = one.status === 'fulfilled' ? 'answered' : String(MusterError.from(one.reason).code);
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}
const times = (count: number, ask: () => Promise<unknown>) => Array.from({ length: count }, ask);

describe('many requests at once', () => {
  test('300 long answers over one connection, and from another node: they wait for each other, and none is refused', async () => {
    dapi = await DapiCluster.start({ workers: 2, agents: 1 });
    await dapi.report('worker2', '001');
    const long = { chars: 100_000 };
    const near = await dapi.client(dapi.cluster.master);
    assert.deepEqual(await endsOf(times(300, () => near.ask('test.any', long))), { answered: 300 });
    const far = await dapi.client(dapi.cluster.worker(1));
    const asked = times(300, () => far.ask('test.agents', { agents: ['001'], ...long }));
    assert.deepEqual(await endsOf(asked), { answered: 300 });
  });

  test('the largest answers follow one after the other, and an ordinary one beside them does not wait', async () => {
    dapi = await DapiCluster.start({ workers: 0 });
    const client = await dapi.client(dapi.cluster.master);
    const largest = times(4, () => client.ask('test.any', { chars: 50_000_000 }, { timeoutMs: 100_000 }));
    const ordinary = client.ask('test.any', { chars: 200_000 });
    await ordinary;
    assert.deepEqual(await endsOf(largest), { answered: 4 });
  });

  test('one client with as many slow requests as it may have: another one is served at once', async () => {
    dapi = await DapiCluster.start({ workers: 0 });
    const [one, two] = [await dapi.client(dapi.cluster.master), await dapi.client(dapi.cluster.master)] as [
      ClusterClient,
      ClusterClient,
    ];
    const end = new AbortController();
    const many = endsOf(
      times(2 * MAX_RUNNING_REQUESTS, () => one.ask('test.any', { waits: true }, { signal: end.signal })),
    );
    const most = MAX_RUNNING_REQUESTS * MAX_SHARE_OF_SOURCE;
    await dapi.cluster.until('those that may run', () => dapi.methods.waiting.length === most);
    await two.ask('test.any', {});
    end.abort();
    assert.deepEqual(await many, { 3120: 2 * MAX_RUNNING_REQUESTS });
  });

  test('more than the channel to the master takes, while the line stands: none is refused, and the channel keeps room for others', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const worker = dapi.cluster.worker();
    const count = 1.5 * MAX_OUTSTANDING_REQUESTS;
    const clients = [await dapi.client(worker), await dapi.client(worker)];
    worker.wire.freeze();
    const asked = clients.flatMap((client) => times(count / 2, () => client.ask('test.master', {})));
    await dapi.cluster.until('all to be there', () => liveAt(worker) === count);
    const master = worker.services.channels.master();
    const beside = assert.rejects(async () => master?.request('echo-c', { data: 'x' }), { code: 3103 });
    worker.wire.cut();
    await beside;
    assert.deepEqual(await endsOf(asked), { 3103: count });
  });
});
