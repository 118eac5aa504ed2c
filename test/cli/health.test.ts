import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { healthDetails, healthSummary } from '../../src/cli/cluster-control/layout.ts';
import type { ReplyOf } from '../../src/protocol/commands.ts';
import { addAgents, infoOf } from '../agents/fixture.ts';
import { methodsDaemon } from './methods-daemon.ts';
import { runMuster, runProcess } from './run-muster.ts';

const never = { date_start_master: 'n/a', date_end_master: 'n/a' };
const health: ReplyOf<'get_health'> = {
  n_connected_nodes: 1,
  nodes: {
    worker1: {
      info: { name: 'worker1', type: 'worker', version: '4.7.5', ip: '127.0.0.1', n_active_agents: 1 },
      status: {
        sync_integrity_free: true,
        last_check_integrity: {
          date_start_master: '2026-11-23T08:45:26.823871Z',
          date_end_master: '2026-11-23T08:45:26.830308Z',
        },
        last_sync_integrity: { ...never, total_files: { missing: 0, shared: 0, extra: 0 } },
        sync_agent_info_free: true,
        last_sync_agentinfo: { ...never, n_synced_chunks: 0 },
        last_sync_agentgroup: {
          date_start: '2026-11-23T08:45:22.667173Z',
          date_end: 'n/a',
          n_synced_chunks: 0,
        },
        last_sync_full_agentgroup: {
          date_start: '2026-11-23T08:45:02.677400Z',
          date_end: '2026-11-23T08:45:02.692030Z',
          n_synced_chunks: 1,
        },
        last_keep_alive: '2026-11-23T08:45:16.582449Z',
      },
    },
    'master-node': {
      info: { name: 'master-node', type: 'master', version: '4.7.5', ip: '127.0.0.1', n_active_agents: 1 },
    },
  },
};

const SUMMARY = `Cluster name: wazuh

Last completed synchronization for connected nodes (1):
    worker1 (127.0.0.1): Integrity check: 2026-11-23T08:45:26.830308Z | Integrity sync: n/a | Agents-info: n/a | Agent-groups: n/a | Agent-groups full: 2026-11-23T08:45:02.692030Z | Last keep alive: 2026-11-23T08:45:16.582449Z.
`;
const DETAILS = `Cluster name: wazuh

Connected nodes (1):

    master-node (127.0.0.1)
        Version: 4.7.5
        Type: master
        Active agents: 1

    worker1 (127.0.0.1)
        Version: 4.7.5
        Type: worker
        Active agents: 1
        Status:
            Last keep Alive:
                Last received: 2026-11-23T08:45:16.582449Z.
            Integrity check:
                Last integrity check: 0.006s (2026-11-23T08:45:26.823871Z - 2026-11-23T08:45:26.830308Z).
                Permission to check integrity: True.
            Integrity sync:
                Last integrity synchronization: n/a (n/a - n/a).
                Synchronized files: Shared: 0 | Missing: 0 | Extra: 0.
            Agents-info:
                Last synchronization: n/a (n/a - n/a).
                Number of synchronized chunks: 0.
                Permission to synchronize agent-info: True.
            Agents-groups:
                Last synchronization: n/a (2026-11-23T08:45:22.667173Z - n/a).
                Number of synchronized chunks: 0.
            Agents-groups full:
                Last synchronization: 0.015s (2026-11-23T08:45:02.677400Z - 2026-11-23T08:45:02.692030Z).
                Number of synchronized chunks: 1.
`;

test('the layout of cluster_control is that of the reference, to the byte', () => {
  assert.equal(healthSummary('wazuh', health), SUMMARY);
  assert.equal(healthDetails('wazuh', health), DETAILS);
});

const nodes = [
  { name: 'master-node', type: 'master', version: '4.7.5', ip: '127.0.0.1' },
  { name: 'worker1', type: 'worker', version: '4.7.5', ip: '127.0.0.1' },
];
const home = await methodsDaemon({
  get_nodes: ({ filter_node }: { filter_node?: string[] }) => {
    const items = nodes.filter(({ name }) => filter_node?.includes(name) ?? true);
    return { items, totalItems: items.length };
  },
  get_health: ({ nodes: names }: { nodes: string[] | null }) => ({
    ...health,
    nodes: Object.fromEntries(Object.entries(health.nodes).filter(([name]) => names?.includes(name) ?? true)),
  }),
  get_config: () => ({
    name: 'wazuh',
    node_name: 'master-node',
    node_type: 'master',
    port: 1516,
    bind_addr: '127.0.0.1',
    nodes: ['127.0.0.1'],
    hidden: false,
    disabled: false,
  }),
});
const MAIN = fileURLToPath(new URL('../../src/cli/cluster-control/main.ts', import.meta.url));
const control = (...args: string[]) =>
  runProcess(process.execPath, [MAIN, ...args], { MUSTER_HOME: home.config.home });

test('cluster_control lists nodes, health and agents with the flags of the original', async () => {
  const NODES = 'NAME         TYPE    VERSION  ADDRESS    \nmaster-node  master  4.7.5    127.0.0.1  \n';
  const WORKER = 'worker1      worker  4.7.5    127.0.0.1  \n';
  assert.equal((await control('-l')).stdout, NODES + WORKER);
  assert.equal((await control('--list-nodes', '-fn', 'master-node')).stdout, NODES);
  assert.equal((await control('-i')).stdout, `${SUMMARY}\n`);
  assert.equal((await control('-i', 'more')).stdout, `${DETAILS}\n`);
  assert.equal((await control('-i', 'whatever')).stdout, `${SUMMARY}\n`, 'any other word is the summary');
  await addAgents(home.store, 2);
  await home.store.writeAgentInfo(JSON.stringify([infoOf(1, { connection_status: 'active' })]));
  const agents = await control('-a', '-fn', 'worker1', 'worker2', '-fs', 'active');
  assert.equal(
    agents.stdout,
    'ID   NAME  IP        STATUS  VERSION       NODE NAME  \n001  a1    10.0.0.5  active  Wazuh v4.7.5  worker1    \n',
  );
  assert.match((await control('-a')).stdout, /^002 +a2 +unknown +never_connected +unknown +unknown +$/m);
});

test('cluster_control ends as the original does: 1 for wrong arguments and without a daemon, 0 for an error that is told', async () => {
  for (const args of [['-fs', 'active'], ['-l', '-a'], ['--nonsense']]) {
    const wrong = await control(...args);
    assert.equal(wrong.code, 1, args.join(' '));
    assert.match(wrong.stderr, /^ERROR: Wrong arguments\./);
  }
  const down = await runProcess(process.execPath, [MAIN, '-l', '--home', '/nowhere']);
  assert.deepEqual([down.code, down.stderr], [1, 'ERROR: Cluster is not running.\n']);
  const told = await control('-a', '-fs', '(');
  assert.equal(told.code, 0);
  assert.match(told.stderr, /^ERROR: Error 1407 - /);
  assert.equal((await control()).code, 0, 'without an option it explains itself');
  assert.equal((await control('-u')).code, 0);
});

test('muster health tells it for people, of one node or all, and knows which node there is not', async () => {
  const muster = (...args: string[]) => runMuster(['health', ...args, '--home', home.config.home]);
  const all = await muster();
  assert.match(all.stdout, /^worker1 +worker +127\.0\.0\.1 +1 /m);
  const one = await muster('worker1', '--more');
  assert.match(one.stdout, /^worker1 \(worker\)\n/);
  assert.match(one.stdout, /integrity check +0\.00\ds, ended 2026-11-23T08:45:26\.830308Z/);
  assert.ok(!one.stdout.includes('master-node'));
  assert.equal(JSON.parse((await muster('--json')).stdout).n_connected_nodes, 1);
  const unknown = await muster('nobody');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /1730/);
});
