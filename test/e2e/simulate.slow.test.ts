import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { storePath } from '../../src/agents/paths.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { agentDifferences, type ComparedNode } from '../../src/cli/demo/agent-differences.ts';
import { readClientKeys } from '../../src/registration/client-keys.ts';
import type { SimulationReport } from '../../src/simulate/report.ts';
import { Cluster, waitFor } from './cluster.ts';
import { muster, type NodeProcess, SOURCES } from './node-process.ts';

const AGENTS = 50;
const START_TIMEOUT_MS = 90_000;
/** Rows are compared when nobody reports any more; this is the time for them to travel. */
const SETTLE_TIMEOUT_MS = 40_000;

describe('muster agents simulate plays agents against the stores of a cluster', () => {
  let cluster: Cluster;
  let nodes: ComparedNode[];
  before(async () => {
    cluster = await Cluster.create(2);
    cluster.configure({
      intervals: {
        worker: { sync_agent_info: 0.5, sync_integrity: 1 },
        master: { sync_agent_groups: 0.5, agent_group_start_delay: 0 },
      },
    });
    nodes = cluster.nodes.map(({ name, home }) => ({
      name,
      home,
      store: new WdbStore({ socket: storePath(home, 'socket') }),
    }));
    cluster.start();
    await cluster.inStep(cluster.workers, START_TIMEOUT_MS);
    await waitFor('all stores to be served', async () => {
      const counts = await Promise.all(nodes.map(({ store }) => store.allAgents().catch(() => null)));
      return counts.every((ids) => ids !== null);
    });
  });
  after(async () => {
    await Promise.all(nodes.map(({ store }) => store.close()));
    await cluster.close();
  });

  const argsFor = (homes: readonly NodeProcess[], ...more: string[]) => [
    ...['agents', 'simulate', '--count', `${AGENTS}`, '--rate', '100', '--groups', '3'],
    ...homes.flatMap(({ home }) => ['--home', home]),
    ...more,
  ];

  async function play(homes: readonly NodeProcess[], ...more: string[]): Promise<SimulationReport> {
    const { code, stdout, stderr } = await muster(argsFor(homes, '--json', ...more), 60_000);
    assert.equal(code, 0, stderr + stdout);
    return JSON.parse(stdout) as SimulationReport;
  }

  async function untilAllAgree(): Promise<void> {
    const [master, ...workers] = nodes;
    assert.ok(master);
    let found: readonly string[] = [];
    await waitFor(
      'all nodes to agree on agents and groups',
      async () => {
        found = (await agentDifferences({ master, workers })).differences;
        return found.length === 0;
      },
      SETTLE_TIMEOUT_MS,
      () => found.join('\n'),
    );
  }

  it('registers them, lets them report to all nodes, and tells what it did', async () => {
    const report = await play(cluster.nodes, '--seed', '7', '--seconds', '2');
    assert.deepEqual([report.seed, report.agents, report.registered, report.errors], [7, AGENTS, AGENTS, 0]);
    const sum = (of: (node: SimulationReport['nodes'][number]) => number) =>
      report.nodes.reduce((total, node) => total + of(node), 0);
    assert.equal(
      sum(({ done }) => done.connect),
      AGENTS,
    );
    assert.equal(
      sum(({ connected }) => connected),
      AGENTS - sum(({ done }) => done.leave - done.return - done.move),
    );
    assert.ok(sum(({ done }) => done.keepalive) > 50);
    assert.ok(report.nodes.every(({ done }) => done.keepalive > 0));
    const names = readClientKeys(cluster.master.home)?.agents.map(({ name }) => name);
    assert.deepEqual([names?.length, names?.[0], names?.at(-1)], [AGENTS, 'sim-00001', 'sim-00050']);
    await untilAllAgree();
  });

  it('takes the agents of an earlier play again, and none of them is at two nodes', async () => {
    const report = await play(cluster.nodes, '--seed', '8', '--seconds', '1');
    assert.deepEqual([report.agents, report.registered, report.errors], [AGENTS, 0, 0]);
    await untilAllAgree();
    const [master, ...workers] = nodes;
    for (const { name, store } of workers) {
      assert.deepEqual(await store.countActiveAgents([name]), await master?.store.countActiveAgents([name]));
    }
  });

  it('plays with the home of a worker alone the agents that its store has', async () => {
    const report = await play(cluster.workers.slice(0, 1), '--seconds', '1');
    assert.deepEqual([report.agents, report.registered, report.errors], [AGENTS, 0, 0]);
    await untilAllAgree();
    const counts = await nodes[0]?.store.countActiveAgents(['worker1']);
    assert.equal(counts?.get('worker1'), report.nodes[0]?.connected);
  });

  /** The command as a process, when its agents are connected; `told` is what it has said. */
  async function startSimulation() {
    const child = spawn(process.execPath, [SOURCES, ...argsFor(cluster.nodes)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    after(() => child.kill('SIGKILL'));
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const told = () => out;
    await waitFor('all to be connected', () => told().includes('All have connected'), 60_000);
    return { child, told };
  }

  it('ends on SIGINT with what it did', async () => {
    const { child, told } = await startSimulation();
    const closed = once(child, 'close');
    child.kill('SIGINT');
    assert.deepEqual(await closed, [0, null]);
    assert.match(
      told(),
      /^Seed \d+\.\n50 agents, 0 of them new, are known to master, worker1, worker2 after /,
    );
    assert.match(told(), /\nworker2 +worker +\d+ /);
    assert.match(told(), /50 agents \(0 new\) connected in .* acts a second for .* Seed \d+\.\n$/);
  });

  it('counts by their codes what goes wrong at a node that dies, tells the first, and ends with exit code 1', async () => {
    const { child, told } = await startSimulation();
    await cluster.workers[1]?.kill('SIGKILL');
    await waitFor('an error to be told', () => /worker2: Error 2005 - /.test(told()));
    const closed = once(child, 'close');
    child.kill('SIGINT');
    assert.deepEqual(await closed, [1, null]);
    assert.match(told(), /\nworker2 .* \d+ × 2005/);
    assert.match(told(), /\nworker1 .* 0\n/);
    cluster.workers[1]?.start();
    await untilAllAgree();
  });
});
