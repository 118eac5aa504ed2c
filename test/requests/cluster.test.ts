import assert from 'node:assert/strict';
import { it } from 'node:test';
import { code, MethodsHome } from './fixture.ts';

it('a node tells who it is and how it is configured, and never its keys', async () => {
  await using home = await MethodsHome.make();
  const info = await home.call('cluster.local_info', {});
  assert.deepEqual(info, { node: 'master', cluster: 'wazuh', type: 'master', version: '0.1.0' });
  const config = await home.call('cluster.local_config', {});
  assert.equal(config.node_name, 'master');
  assert.deepEqual(await home.call('cluster.status', {}), { enabled: 'yes', running: 'yes' });
  const settings = await home.call('node.config', {});
  const text = JSON.stringify([config, settings]);
  assert.ok(!text.includes(home.config.key), 'the key is in neither');
  const security = settings.items[0]?.settings.security as { acceptedKeys: number } | undefined;
  assert.equal(security?.acceptedKeys, 0, 'only how many there are');
});

it('nodes are filtered, searched, sorted and selected; unknown names are told', async () => {
  await using home = await MethodsHome.make();
  const names = async (args: Parameters<typeof home.call<'cluster.nodes'>>[1]) =>
    (await home.call('cluster.nodes', args)).items.map(({ name }) => name);
  assert.deepEqual(await names({}), ['master', 'worker1', 'worker2']);
  assert.deepEqual(await names({ type: 'worker', sort: '-name' }), ['worker2', 'worker1']);
  assert.deepEqual(await names({ q: 'version=0.2.0,type=master' }), ['master', 'worker2']);
  assert.deepEqual(await names({ search: '-worker' }), ['master']);
  assert.deepEqual(await names({ limit: 1, offset: 1 }), ['worker1']);
  const { items, failed } = await home.call('cluster.nodes', {
    nodes: ['worker1', 'nobody'],
    select: ['ip'],
  });
  assert.deepEqual(items, [{ ip: '10.0.0.2' }]);
  assert.deepEqual(failed, [{ error: { code: 1730, detail: null }, ids: ['nobody'] }]);
  await assert.rejects(home.call('cluster.nodes', { sort: 'color' }), code(1403));
  await assert.rejects(home.call('cluster.nodes', { select: ['color'] }), code(1724));
  await assert.rejects(home.call('cluster.nodes', { q: 'color=red' }), code(1408));
  const health = await home.call('cluster.health', { nodes: ['worker2', 'nobody'] });
  assert.deepEqual(
    health.items.map(({ info }) => info.name),
    ['worker2'],
  );
  assert.deepEqual(health.failed[0]?.ids, ['nobody']);
});

it('a worker has the ruleset if a sync would change none of it, whatever else it would change', async () => {
  await using home = await MethodsHome.make();
  const same = { missing: [], shared: [], extra: [], error: null };
  home.diffs = {
    worker1: { ...same, missing: ['etc/shared/web/agent.conf'] },
    worker2: { ...same, extra: ['etc/lists/old'] },
  };
  const result = await home.call('cluster.ruleset_synchronization', {});
  assert.deepEqual(result.items, [
    { name: 'master', synced: true },
    { name: 'worker1', synced: true },
    { name: 'worker2', synced: false },
  ]);
  home.diffs = { worker1: { ...same, error: { code: 3020, detail: null } } };
  const failed = await home.call('cluster.ruleset_synchronization', { nodes: ['worker1'] });
  assert.deepEqual(failed.failed, [{ error: { code: 3020, detail: null }, ids: ['worker1'] }]);
});

it('a node tells what runs, by the PID files of its home, and begins a round when it is asked', async () => {
  await using home = await MethodsHome.make();
  home.write(`var/run/wazuh-db-${process.pid}.pid`, '');
  home.write('var/run/wazuh-remoted-999999999.pid', '');
  const { items } = await home.call('node.status', {});
  assert.deepEqual(items[0]?.daemons, { 'wazuh-db': 'running', 'wazuh-remoted': 'stopped' });
  const info = (await home.call('node.info', {})).items[0];
  assert.equal(info?.path, home.config.home);
  assert.equal(info?.digest, null);
  await home.call('node.sync_integrity', {});
  assert.equal(home.rounds, 1);
});
