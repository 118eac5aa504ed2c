import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { localRequest } from '../../src/local/client.ts';
import { systemClock } from '../../src/node/clock.ts';
import { waitFor } from '../harness/wait-for.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';
import { type Heard, LocalProgram } from './local-program.ts';

const codeOf = ({ text }: Heard) => JSON.parse(text).__wazuh_exception__.__object__.code;
const agents = {
  f: {
    __callable__: {
      __name__: 'get_agents',
      __module__: 'wazuh.agent',
      __qualname__: 'get_agents',
      __type__: 'function',
    },
  },
  f_kwargs: {},
};

test('programs made for the original have their answers at the socket of a master, beside ours', async () => {
  const cluster = await ClusterInProcess.start({ files: { 'etc/rules/a.xml': 'a' }, clock: systemClock });
  try {
    const { master } = cluster;
    await using client = await LocalProgram.of(master);
    assert.deepEqual(await client.trickle('echo-c', 'keepalive'), { command: 'ok-m', text: 'keepalive' });
    const config = JSON.parse((await client.ask('get_config')).text);
    assert.deepEqual(
      [config.node_name, config.node_type, config.key, config.hidden, config.disabled],
      ['master', 'master', '', 'no', false],
    );
    assert.deepEqual(Object.keys(JSON.parse((await client.ask('get_hash')).text)), ['etc/rules/a.xml']);
    const nodes = JSON.parse(
      (await client.ask('get_nodes', '{"filter_type": "all", "limit": 500, "sort": null}')).text,
    );
    assert.deepEqual(
      nodes.items.map(({ name, version }: Record<string, string>) => [name, version]),
      [
        ['master', '4.7.5'],
        ['worker1', '4.7.5'],
      ],
    );
    assert.equal(JSON.parse((await client.ask('get_health', '{}')).text).n_connected_nodes, 1);
    assert.equal(codeOf(await client.ask('get_nodes', '')), 1000);
    assert.deepEqual(await client.ask('dapi', JSON.stringify(agents)), {
      command: 'ok',
      text: 'Added request to API requests queue',
    });
    assert.equal(await client.hears('dapi_res'), '77');
    const { __wazuh_result__: result } = JSON.parse(client.strings.get('77') ?? '');
    assert.equal(result.__class__, 'AffectedItemsWazuhResult');
    assert.deepEqual(await client.ask('dapi_fwd', `nobody ${JSON.stringify(agents)}`), {
      command: 'ok',
      text: 'Request forwarded to worker node',
    });
    assert.deepEqual(await client.ask('sendsync', '{}'), {
      command: 'err',
      text: "unknown command 'b'sendsync''",
    });
    assert.deepEqual(await client.ask('get_status'), {
      command: 'err',
      text: "unknown command 'b'get_status''",
    });
    master.write('tmp/report.txt', 'twelve bytes');
    assert.deepEqual(await client.ask('send_file', `${join(master.home, 'tmp/report.txt')} worker1`), {
      command: 'ok',
      text: 'Forwarding file to master node',
    });
    // The client of the original looks the string up by what it is told.
    assert.equal(await client.hears('send_f_res'), '77');
    assert.equal(client.strings.get('77'), '12', 'bytes');
    const own = await localRequest(master.home, 'get_nodes', {});
    assert.equal(own.items.length, 2);
  } finally {
    await cluster.close();
  }
});

test('on a worker, what its master knows and what services say comes as a request to the program', async () => {
  const cluster = await ClusterInProcess.start({ clock: systemClock });
  try {
    const worker = cluster.worker();
    await using client = await LocalProgram.of(worker);
    assert.deepEqual(await client.ask('get_nodes', '{}'), {
      command: 'ok',
      text: 'Sent request to master node',
    });
    assert.equal(JSON.parse(await client.hears('control_res')).totalItems, 2);
    await using other = await LocalProgram.of(worker);
    const add = (name: string) =>
      JSON.stringify({ daemon_name: 'authd', message: { function: 'add', arguments: { name, ip: 'any' } } });
    await waitFor(
      'the registration of the master',
      () => cluster.master.log.find(/Agents are registered/).length > 0,
    );
    assert.deepEqual(await other.ask('sendasync', add('a1')), {
      command: 'ok',
      text: 'Added request to sendsync requests queue',
    });
    assert.equal(JSON.parse(await other.hears('ok')).data.name, 'a1');
    await using third = await LocalProgram.of(worker);
    third.write(5, 'sendsync', add('a1'));
    assert.match(await third.hears('ok'), /"error":900[0-9]/);
    await using fourth = await LocalProgram.of(worker);
    fourth.write(5, 'sendsync', '{"daemon_name": "nope", "message": {}}');
    assert.match(await fourth.hears('err'), /^Error 1013 - Unable to connect with socket/);
    await using fifth = await LocalProgram.of(worker);
    await fifth.ask('dapi', JSON.stringify(agents));
    await fifth.hears('dapi_res');
    assert.match(fifth.strings.get('77') ?? '', /"total_affected_items": 2/);
    await cluster.master.stop();
    await waitFor('the worker to know', () => worker.services.status.master === null);
    assert.equal(codeOf(await other.ask('get_nodes', '{}')), 3023);
  } finally {
    await cluster.close();
  }
});
