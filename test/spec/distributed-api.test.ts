import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import {
  MAX_FORWARDED_REQUESTS,
  MAX_RUNNING_REQUESTS,
  MAX_SHARE_OF_SOURCE,
} from '../../machines/dapi/limits.ts';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { MAX_ANSWER_BYTES } from '../../src/protocol/limits.ts';
import type { ItemsResult } from '../../src/requests/method.ts';
import { methods } from '../../src/requests/methods.ts';
import { testSpecs } from '../harness/test-methods.ts';
import type { InProcessNode } from './cluster-in-process.ts';
import { DapiCluster } from './dapi-cluster.ts';

/** What a node works on at once for one client, or other node. */
const MAX_RUNNING_OF_CLIENT = MAX_RUNNING_REQUESTS * MAX_SHARE_OF_SOURCE;

let dapi: DapiCluster;
afterEach(() => dapi.close());

type Items = ItemsResult<{ id: string; node: string; user: string | null; text: string }>;
const itemsOf = (result: unknown) => result as Items;
const nodesOf = (result: unknown) => itemsOf(result).items.map(({ id, node }) => `${id} at ${node}`);
const failedOf = (result: unknown) => itemsOf(result).failed.map(({ error, ids }) => [error.code, ids]);

/** Requests that a node works on now. */
function liveAt({ root }: InProcessNode): number {
  const dynamic = root.getSnapshot().children?.requests?.getSnapshot().children?.dapi;
  return dynamic?.getSnapshot().size ?? 0;
}
const allEnded = () =>
  dapi.cluster.until('all requests to have ended', () =>
    [dapi.cluster.master, ...dapi.cluster.workers].every((node) => liveAt(node) === 0),
  );

/** 001 reports to worker2, 002 to worker1, 003 to the master itself, 004 to nobody. */
async function withAgents(): Promise<ClusterClient> {
  dapi = await DapiCluster.start({ agents: 4 });
  await dapi.report('worker2', '001');
  await dapi.report('worker1', '002');
  await dapi.report('master', '003');
  return dapi.client(dapi.cluster.worker(1));
}

describe('Distributed API requests', () => {
  test('an agent that is named twice, with more digits or less, is asked for once', async () => {
    const client = await withAgents();
    const agents = ['001', '0001', '002', '001', '00999', '999'];
    const result = await client.ask('test.agents', { agents });
    assert.deepEqual(nodesOf(result).sort(), ['001 at worker2', '002 at worker1', '00999 at master']);
  });

  test('local_any: The request can be solved by any node. … These requests will never be forwarded or solved remotely.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const client = await dapi.client(dapi.cluster.worker());
    assert.deepEqual(nodesOf(await client.ask('test.any', {})), ['worker1 at worker1']);
    assert.deepEqual(dapi.cluster.worker().wire.requests('worker', 'dapi'), []);
  });

  test('local_master: The request can be solved by the master node.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    for (const node of [dapi.cluster.master, dapi.cluster.worker()]) {
      const client = await dapi.client(node);
      assert.deepEqual(nodesOf(await client.ask('test.master', {})), ['master at master']);
    }
  });

  test('distributed_master: The master must forward the request to the most suitable node to solve it.', async () => {
    await withAgents();
    for (const node of [dapi.cluster.master, ...dapi.cluster.workers]) {
      const client = await dapi.client(node);
      assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['001'] })), ['001 at worker2']);
      assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['002'] })), ['002 at worker1']);
    }
  });

  test('steps 1 to 9: worker, master, other worker and back, each hop with its name for the request and for who sent it', async () => {
    const client = await withAgents();
    const [one, two] = dapi.cluster.workers.map(({ wire }) => wire);
    assert.ok(one && two);
    assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['001'] }, { user: 'ann' })), [
      '001 at worker2',
    ]);
    const [asked] = one.requests('worker', 'dapi');
    const [forwarded] = two.requests('master', 'dapi');
    assert.match(asked?.body.id, /^local_client\d+$/);
    assert.equal(asked?.body.sender, 'worker1');
    assert.match(forwarded?.body.id, /^request\d+$/);
    assert.equal(forwarded?.body.sender, 'worker1*master');
    assert.equal(forwarded?.body.request.user, 'ann');
    const [answered] = two.requests('worker', 'dapi_res');
    const [back] = one.requests('master', 'dapi_res');
    assert.equal(answered?.body.id, forwarded?.body.id);
    assert.equal(back?.body.id, asked?.body.id);
    assert.equal(back?.body.text, answered?.body.text, 'nobody on the way changes the answer of one node');
    // And in the other direction: an agent of the node that was asked.
    assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['002'] })), ['002 at worker1']);
    assert.equal(one.requests('master', 'dapi').length, 1, 'the worker does not know that it is its own');
  });

  test('The worker solves the request locally and sends the request response to the master using the long string process.', async () => {
    const client = await withAgents();
    const args = { agents: ['001'], chars: 200_000 };
    assert.equal(itemsOf(await client.ask('test.agents', args)).items[0]?.text.length, 200_000);
    for (const [number, from] of [
      [2, 'worker'],
      [1, 'master'],
    ] as const) {
      const { wire } = dapi.cluster.worker(number);
      const [string] = wire.answers(from === 'worker' ? 'master' : 'worker', 'new_str');
      const [answer] = wire.requests(from, 'dapi_res');
      assert.deepEqual([answer?.body.handle, answer?.body.text], [string?.body.handle, null]);
    }
  });

  test('each hop leaves the next one what is left of the time', async () => {
    const client = await withAgents();
    const { wire } = dapi.cluster.worker(1);
    wire.onMessage = ({ command, kind }) => {
      if (command === 'dapi' && kind === 'ok') void dapi.cluster.pass(2_000);
    };
    await client.ask('test.agents', { agents: ['001'] }, { timeoutMs: 30_000 });
    const left = dapi.cluster.worker(2).wire.requests('master', 'dapi')[0]?.body.request.timeoutMs;
    assert.ok(left <= 29_000 && left > 0, `${left} ms are left`);
  });

  test('This is why all API requests are always forwarded to the master node, except the local_any ones: it alone knows where an agent reports now', async () => {
    const client = await withAgents();
    await dapi.report('worker1', '001');
    assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['001'] })), ['001 at worker1']);
  });
});

describe('requests for several nodes', () => {
  test('agents are asked for at the nodes to which they report, and the answers are one', async () => {
    const client = await withAgents();
    const result = await client.ask('test.agents', { agents: ['001', '002', '003', '004'] });
    assert.deepEqual(nodesOf(result).sort(), [
      '001 at worker2',
      '002 at worker1',
      '003 at master',
      '004 at master',
    ]);
    assert.deepEqual([itemsOf(result).totalItems, itemsOf(result).failed], [4, []]);
  });

  test('an agent whose node is away fails by itself, with its code', async () => {
    const client = await withAgents();
    await dapi.report('worker9', '001');
    const result = await client.ask('test.agents', { agents: ['001', '002'] });
    assert.deepEqual(nodesOf(result), ['002 at worker1']);
    assert.deepEqual(failedOf(result), [[3022, ['001']]]);
  });

  test('a node that dies while it answers fails its items, and no others', async () => {
    const client = await withAgents();
    const asked = client.ask('test.nodes', { waits: true });
    await dapi.cluster.until('all nodes to work on it', () => dapi.methods.waiting.length === 3);
    const second = dapi.cluster.worker(2).wire;
    second.isUp = false;
    second.cut();
    for (const { node, go } of dapi.methods.waiting) if (node !== 'worker2') go();
    const result = await asked;
    assert.deepEqual(nodesOf(result).sort(), ['master at master', 'worker1 at worker1']);
    assert.deepEqual(failedOf(result), [[3103, ['worker2']]]);
    await allEnded();
  });

  test('a node that does not answer in time fails its items, and the answer of the others comes before the deadline', async () => {
    const client = await withAgents();
    const asked = client.ask('test.nodes', { waits: true }, { timeoutMs: 5_000 });
    await dapi.cluster.until('all nodes to work on it', () => dapi.methods.waiting.length === 3);
    for (const { node, go } of dapi.methods.waiting) if (node !== 'worker2') go();
    await dapi.cluster.pass(4_500);
    const result = await asked;
    assert.deepEqual(nodesOf(result).sort(), ['master at master', 'worker1 at worker1']);
    assert.deepEqual(failedOf(result), [[3021, ['worker2']]]);
    await dapi.cluster.until('the work to stop', () => dapi.methods.given.length === 1);
    await allEnded();
  });

  test('a node that does not exist fails by itself', async () => {
    const client = await withAgents();
    const result = await client.ask('test.nodes', {}, { nodes: ['worker2', 'nobody'] });
    assert.deepEqual(nodesOf(result), ['worker2 at worker2']);
    assert.deepEqual(failedOf(result), [[3022, ['nobody']]]);
  });

  test('a method that fails at one node tells its code there', async () => {
    const client = await withAgents();
    const result = await client.ask('test.nodes', { fails: 1710 }, { nodes: ['worker2'] });
    assert.deepEqual(failedOf(result), [[1710, ['worker2']]]);
  });
});

describe('dapi_fwd: Forward a distributed API request to the specified node. To forward the request to all nodes use fw_all_nodes as node name.', () => {
  test('one node, and all of them', async () => {
    dapi = await DapiCluster.start();
    const client = await dapi.client(dapi.cluster.master);
    assert.deepEqual(nodesOf(await client.ask('test.any', {}, { forwardTo: 'worker2' })), [
      'worker2 at worker2',
    ]);
    const all = nodesOf(await client.ask('test.any', {}, { forwardTo: 'fw_all_nodes' }));
    assert.deepEqual(all.sort(), ['master at master', 'worker1 at worker1', 'worker2 at worker2']);
    await assert.rejects(client.ask('test.any', {}, { forwardTo: 'nobody' }), { code: 3022 });
    await assert.rejects(client.ask('test.master', {}, { forwardTo: 'worker1' }), { code: 3019 });
  });

  test('all nodes answer with items whatever the method, however many they are', async () => {
    for (const workers of [0, 1]) {
      dapi = await DapiCluster.start({ workers });
      const client = await dapi.client(dapi.cluster.master);
      const names = ['master', 'worker1'].slice(0, workers + 1);
      const all = (method: string, args: object = {}) =>
        client.ask(method, args, { forwardTo: 'fw_all_nodes' }) as Promise<ItemsResult<{ node: string }>>;
      const { items, totalItems, failed } = await all('cluster.local_info');
      assert.deepEqual(items.map(({ node }) => node).sort(), names);
      assert.deepEqual([totalItems, failed], [names.length, []]);
      // The client holds each against what the method promises.
      for (const [method, spec] of Object.entries(methods))
        if (spec.writes !== true) await all(method, spec.example.args);
      if (workers === 0) await dapi.close();
    }
  });

  test('what one of all nodes cannot tell is told as failed beside the others', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const client = await dapi.client(dapi.cluster.master);
    const result = await client.ask('agents.summary_status', {}, { forwardTo: 'fw_all_nodes' });
    assert.deepEqual(
      itemsOf(result).items.map(({ node }) => node),
      ['master'],
    );
    assert.deepEqual(failedOf(result), [[3019, ['worker1']]]);
  });

  test('only a master takes it', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const client = await dapi.client(dapi.cluster.worker());
    await assert.rejects(client.ask('test.any', {}, { forwardTo: 'worker1' }), { code: 3109 });
  });
});

describe('every request ends once, whatever dies', () => {
  test('a deadline passes: the caller is told, and whoever works on it stops', async () => {
    const client = await withAgents();
    const asked = client.ask('test.agents', { agents: ['001'], waits: true }, { timeoutMs: 5_000 });
    const ended = assert.rejects(asked, { code: 3021 });
    await dapi.cluster.until('the other worker to work', () => dapi.methods.waiting.length === 1);
    await dapi.cluster.pass(6_000);
    await ended;
    await dapi.cluster.until('the work to stop', () => dapi.methods.given.length === 1);
    await allEnded();
  });

  test('a caller gives up: the word reaches the node that works on it', async () => {
    const client = await withAgents();
    const end = new AbortController();
    const asked = client.ask('test.agents', { agents: ['001'], waits: true }, { signal: end.signal });
    const ended = assert.rejects(asked, { code: 3120 });
    await dapi.cluster.until('the other worker to work', () => dapi.methods.waiting.length === 1);
    end.abort();
    await ended;
    await dapi.cluster.until('the work to stop', () => dapi.methods.given.length === 1);
    assert.deepEqual(dapi.methods.given, ['worker2']);
    await allEnded();
  });

  test('a caller gives up while its long answer is made: nothing of it is left waiting to be sent', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { master } = dapi.cluster;
    const { outbox } = master.transfers;
    const client = await dapi.client(master);
    const post = outbox.post.bind(outbox);
    const end = new AbortController();
    outbox.post = async (bytes) => {
      end.abort();
      await dapi.cluster.until('nobody to wait', () => liveAt(master) === 0);
      return post(bytes);
    };
    const asked = client.ask('test.any', { chars: 200_000 }, { signal: end.signal });
    await assert.rejects(asked, { code: 3120 });
    await allEnded();
    await dapi.cluster.until('the outbox to be empty', () => outbox.heldBytes === 0);
  });

  test('a node that does not answer holds up nobody who asks the same worker for something else', async () => {
    const client = await withAgents();
    const many = Array.from({ length: MAX_FORWARDED_REQUESTS + MAX_RUNNING_OF_CLIENT }, () => {
      const end = new AbortController();
      const asked = client.ask('test.agents', { agents: ['001'], waits: true }, { signal: end.signal });
      return { end, ended: assert.rejects(asked, { code: 3120 }) };
    });
    await dapi.cluster.until(
      'the other worker to have all that it works on at once',
      () => dapi.methods.waiting.length === MAX_RUNNING_OF_CLIENT,
    );
    assert.deepEqual(nodesOf(await client.ask('test.master', {})), ['master at master']);
    assert.deepEqual(nodesOf(await client.ask('test.agents', { agents: ['002'] })), ['002 at worker1']);
    for (const { end } of many) end.abort();
    await Promise.all(many.map(({ ended }) => ended));
    await allEnded();
  });

  test('work that goes on when nobody waits for it any more keeps its place: what a node works on at once is bounded', async () => {
    dapi = await DapiCluster.start({ workers: 0 });
    const client = await dapi.client(dapi.cluster.master);
    const { waiting, given } = dapi.methods;
    const many = Array.from({ length: MAX_RUNNING_OF_CLIENT }, () => {
      const end = new AbortController();
      const asked = client.ask('test.any', { waits: true, isDeaf: true }, { signal: end.signal });
      return { end, ended: assert.rejects(asked, { code: 3120 }) };
    });
    await dapi.cluster.until('all places to be taken', () => waiting.length === MAX_RUNNING_OF_CLIENT);
    for (const { end } of many) end.abort();
    await Promise.all(many.map(({ ended }) => ended));
    await allEnded();
    assert.equal(given.length, MAX_RUNNING_OF_CLIENT);

    let isAnswered = false;
    const next = client.ask('test.any', {}).finally(() => {
      isAnswered = true;
    });
    await dapi.cluster.until('the next one to wait', () => liveAt(dapi.cluster.master) === 1);
    assert.equal(isAnswered, false);
    waiting[0]?.go();
    assert.deepEqual(nodesOf(await next), ['master at master']);
    for (const { go } of waiting) go();
  });

  test('a client disconnects before its answer: nobody works on it any more', async () => {
    const client = await withAgents();
    const ended = assert.rejects(client.ask('test.agents', { agents: ['001'], waits: true }), { code: 3125 });
    await dapi.cluster.until('the other worker to work', () => dapi.methods.waiting.length === 1);
    await client.close();
    await ended;
    await dapi.cluster.until('the work to stop', () => dapi.methods.given.length === 1);
    await allEnded();
  });

  test('the way to the master is lost: the client of the worker is told', async () => {
    const client = await withAgents();
    const ended = assert.rejects(client.ask('test.agents', { agents: ['001'], waits: true }), { code: 3103 });
    await dapi.cluster.until('the other worker to work', () => dapi.methods.waiting.length === 1);
    dapi.cluster.worker(1).wire.isUp = false;
    dapi.cluster.worker(1).wire.cut();
    await ended;
    await dapi.cluster.until('the work to stop', () => dapi.methods.given.length === 1);
    await assert.rejects(client.ask('test.master', {}), { code: 3023 });
    assert.deepEqual(nodesOf(await client.ask('test.any', {})), ['worker1 at worker1']);
    await allEnded();
  });

  test('many at once, some given up, while a worker comes and goes: each ends, and nothing of them is left', async () => {
    const client = await withAgents();
    const ends: Promise<string>[] = [];
    for (let i = 0; i < 200; i += 1) {
      const end = new AbortController();
      const args = {
        agents: ['001', '002'],
        ...(i % 3 === 0 && { delayMs: i % 20 }),
        chars: (i % 5) * 30_000,
      };
      const asked = client.ask('test.agents', args, { signal: end.signal });
      ends.push(
        asked.then(
          () => 'answered',
          (error) => String(error.code),
        ),
      );
      if (i % 7 === 0) end.abort();
      if (i === 60) dapi.cluster.worker(2).wire.cut();
      if (i === 140) dapi.cluster.worker(1).wire.cut();
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const outcomes = new Set(await Promise.all(ends));
    for (const outcome of outcomes) assert.match(outcome, /^(answered|3120|3103|3023)$/);
    assert.ok(outcomes.has('answered') && outcomes.has('3120'), [...outcomes].join());
    await allEnded();
  });
});

describe('what nobody may ask', () => {
  test('unknown methods, arguments that do not fit, and a type that is not that of the method are refused by name', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { home } = dapi.cluster.worker();
    const strange = { ...testSpecs, 'no.such': testSpecs['test.any'], 'test.master': testSpecs['test.any'] };
    const client = await ClusterClient.connect(home, { methods: strange });
    try {
      await assert.rejects(client.ask('not.in.the.table', {}), { code: 3300 });
      await assert.rejects(client.ask('no.such', {}), { code: 3300 });
      await assert.rejects(client.ask('test.master', {}), { code: 3300 });
      await assert.rejects(client.ask('test.any', { chars: 'many' }), { code: 3108, message: /chars/ });
      await assert.rejects(client.ask('test.any', { other: 1 }), { code: 3108 });
    } finally {
      await client.close();
    }
  });

  test('an answer of 100 MiB is refused with its own code, where it is made', async () => {
    const client = await withAgents();
    const chars = 100 * 1024 * 1024;
    assert.ok(chars > MAX_ANSWER_BYTES);
    await assert.rejects(client.ask('test.master', { chars }), { code: 3301 });
    const result = await client.ask('test.nodes', { chars }, { nodes: ['worker2'] });
    assert.deepEqual(failedOf(result), [[3301, ['worker2']]]);
  });

  test('a node cannot ask in the name of another, nor answer for it', async () => {
    await withAgents();
    const channel = dapi.cluster.worker(1).services.channels.master();
    assert.ok(channel);
    const request = {
      method: 'test.any',
      args: {},
      type: 'local_any' as const,
      nodes: null,
      user: null,
      permissions: {},
      timeoutMs: 1_000,
    };
    await assert.rejects(channel.request('dapi', { id: 'r1', sender: 'worker2', request }), { code: 3108 });
    const waiting = await dapi.client(dapi.cluster.master);
    const asked = waiting.ask('test.agents', { agents: ['001'], waits: true });
    await dapi.cluster.until('the other worker to work', () => dapi.methods.waiting.length === 1);
    const id = dapi.cluster.worker(2).wire.requests('master', 'dapi')[0]?.body.id;
    await assert.rejects(channel.request('dapi_res', { id, handle: null, text: '{}' }), { code: 3032 });
    dapi.methods.waiting[0]?.go();
    assert.deepEqual(nodesOf(await asked), ['001 at worker2']);
  });
});
