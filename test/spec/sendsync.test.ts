import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { AuthdClient } from '../../src/registration/authd-client.ts';
import { MAX_AUTHD_BYTES } from '../../src/registration/limits.ts';
import { DapiCluster } from './dapi-cluster.ts';

let dapi: DapiCluster;
afterEach(() => dapi.close());

const never = new AbortController().signal;
const add = (name: string) => JSON.stringify({ function: 'add', arguments: { name, ip: 'any' } });
const authdOf = (home: string) => new AuthdClient({ socket: join(home, 'queue/sockets/auth') });

describe('Sendsync thread', () => {
  test('Sendsync takes the registration request from the worker node and redirects it to the master’s Authd service.', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { cluster } = dapi;
    const worker = cluster.worker();
    await cluster.until('the worker to register', () => {
      try {
        return worker.services.registration.current && cluster.master.services.registration.current;
      } catch {
        return null;
      }
    });
    const answer = JSON.parse(await authdOf(worker.home).request(add('a1'), never));
    assert.equal(answer.error, 0);
    assert.match(cluster.master.read('etc/client.keys'), /^001 a1 any [0-9a-f]{64}$/m);
    const [sent] = worker.wire.requests('worker', 'sendsync');
    assert.deepEqual([sent?.body.daemon, sent?.body.message], ['authd', add('a1')]);
    const [back] = worker.wire.requests('master', 'sendsyn_res');
    assert.equal(back?.body.id, sent?.body.id);
    // And its key is on the worker after the next round.
    cluster.master.noticeFiles();
    await cluster.settled(worker);
    assert.match(worker.read('etc/client.keys'), /^001 a1 any/m);
    // What the service refuses is an answer like others.
    const again = JSON.parse(await authdOf(worker.home).request(add('a1'), never));
    assert.notEqual(again.error, 0);
  });

  test('It is only executed on the master: a local client sends such messages to a worker', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const message = { function: 'add', arguments: { name: 'b1', ip: 'any' } };
    const args = { id: null, daemon: 'authd', message, timeoutMs: 5_000 };
    const client = await dapi.client(dapi.cluster.worker());
    const { answer } = await client.command('sendsync', args);
    assert.equal(JSON.parse(answer ?? '').error, 0);
    const atMaster = await dapi.client(dapi.cluster.master);
    await assert.rejects(atMaster.command('sendsync', args), { code: 3109 });
    await assert.rejects(client.command('sendsync', { ...args, daemon: 'remoted' }), { code: 1013 });
  });

  test('a message that the service would not read is refused where it arrives: kept, it would cost the master what a worker pleases', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const channel = dapi.cluster.worker().services.channels.master();
    const send = (chars: number) =>
      channel?.request('sendsync', {
        id: 'request9',
        daemon: 'authd',
        message: 'x'.repeat(chars),
        timeoutMs: 5_000,
      });
    await assert.rejects(send(MAX_AUTHD_BYTES + 1) ?? Promise.resolve(), { code: 3113 });
    await send(MAX_AUTHD_BYTES);
  });

  test('without a master nobody is registered, and the program is told so', async () => {
    dapi = await DapiCluster.start({ workers: 1 });
    const { wire, services } = dapi.cluster.worker();
    const client = await dapi.client(dapi.cluster.worker());
    wire.isUp = false;
    wire.cut();
    await dapi.cluster.until('the connection to end', () => services.status.master === null);
    const args = { id: null, daemon: 'authd', message: add('c1'), timeoutMs: 5_000 };
    await assert.rejects(client.command('sendsync', args), { code: 3023 });
  });
});
