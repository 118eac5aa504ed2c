import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { Cluster, waitFor } from './cluster.ts';
import { muster, type NodeProcess, SOURCES } from './node-process.ts';

describe('what an operator does at one node of a cluster that runs', () => {
  let cluster: Cluster;
  let worker1: NodeProcess;
  let worker2: NodeProcess;
  before(async () => {
    cluster = await Cluster.recorded(2);
    [worker1, worker2] = cluster.workers as [NodeProcess, NodeProcess];
    cluster.start();
    await cluster.inStep();
    await waitFor('the workers to be connected', async () =>
      (await Promise.all([worker1, worker2].map((node) => cluster.status(node)))).every(
        ({ connected }) => connected,
      ),
    );
  });
  after(() => cluster.close());

  const at = (node: NodeProcess, ...args: string[]) => muster([...args, '--home', node.home]);
  /** Standard output of a command that has to succeed. */
  const done = async (node: NodeProcess, ...args: string[]) => {
    const { code, stdout, stderr } = await at(node, ...args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  it('at a worker a file is put, a group made and an agent registered; the other worker has all of it', async () => {
    const source = join(cluster.directory, 'mine.xml');
    writeFileSync(source, '<group name="mine"/>\n');
    await done(worker1, 'files', 'put', 'rules', 'mine.xml', source);
    await done(worker1, 'groups', 'add', 'web');
    const added = await done(worker1, 'agents', 'add', 'web-01', '--group', 'web', '--json');
    assert.equal(JSON.parse(added).id, '001');
    await cluster.inStep();
    assert.ok(existsSync(join(worker2.home, 'etc/rules/mine.xml')));
    assert.ok(existsSync(join(worker2.home, 'etc/shared/web/agent.conf')));
    assert.match(await done(worker2, 'groups', 'show', 'web'), /^001 +web-01 /m);
    const names = await done(worker2, 'request', 'agents.list', '{"select": ["id", "name"], "q": "id!=0"}');
    assert.deepEqual(JSON.parse(names).items, [{ id: '001', name: 'web-01' }]);
    await done(worker1, 'agents', 'remove', '1');
    await waitFor('the agent to be gone', async () => {
      const listed = JSON.parse(await done(worker2, 'request', 'agents.list', '{"q": "id!=0"}'));
      return listed.totalItems === 0;
    });
  });

  it('nodes answer for themselves at any node, and a node that there is not is told', async () => {
    const infos = JSON.parse(await done(worker1, 'request', 'node.info'));
    const names = infos.items.map(({ name }: { name: string }) => name).sort();
    assert.deepEqual(names, ['master', 'worker1', 'worker2']);
    assert.match(await done(worker1, 'sync', 'worker2'), /^worker2 \(worker\): asked\.\n$/);
    const synced = JSON.parse(await done(worker2, 'request', 'cluster.ruleset_synchronization'));
    assert.ok(synced.items.length === 3 && synced.items.every((node: { synced: boolean }) => node.synced));
    assert.equal((await at(worker1, 'sync', 'nobody')).code, 1);
    assert.equal((await at(worker1, 'sync', 'nobody', '--json')).code, 1);
  });

  it('the watch of a worker shows all nodes, again and again', async () => {
    const args = ['watch', '--json', '--interval', '0.1', '--home', worker1.home];
    const child = spawn(process.execPath, [SOURCES, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) if (lines.push(line) === 3) child.kill('SIGINT');
    assert.ok(lines.length >= 3);
    for (const line of lines) {
      const { nodes } = JSON.parse(line);
      assert.deepEqual(
        nodes.map(({ name, state }: { name: string; state: object | null }) => [name, state !== null]),
        [
          ['master', true],
          ['worker1', true],
          ['worker2', true],
        ],
      );
    }
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0);
  });

  it('the key of the cluster changes while it runs: accepted everywhere, then used, then the old one is removed', async () => {
    const all = [cluster.master, worker1, worker2];
    const reconnects = async (node: NodeProcess) => {
      await node.kill('SIGKILL');
      node.output = '';
      node.start();
      await waitFor(
        `${node.name} to connect again`,
        async () => (await cluster.status(node).catch(() => null))?.connected === true,
        20_000,
        () => node.output,
      );
    };
    const before = JSON.parse(await done(cluster.master, 'key', 'list', '--json'));
    const made = JSON.parse(await done(cluster.master, 'key', 'generate', '--json'));
    assert.ok(made.told, 'the running node was told');
    for (const worker of [worker1, worker2]) await done(worker, 'key', 'add', made.key);
    await done(worker1, 'key', 'use', made.id);
    const says = (node: NodeProcess, text: string) =>
      waitFor(
        `${node.name} to say ${text}`,
        () => node.output.includes(text),
        15_000,
        () => node.output,
      );
    await says(cluster.master, `accepts ${made.id}`);
    await reconnects(worker1); // with the new key, at a master that was not started again
    for (const node of [cluster.master, worker2]) await done(node, 'key', 'use', made.id);
    const [{ id: old }] = before;
    for (const node of all) await done(node, 'key', 'remove', old);
    assert.deepEqual(JSON.parse(await done(worker2, 'key', 'list', '--json')), [{ id: made.id, used: true }]);
    await says(cluster.master, `connects with key ${made.id} and accepts no other`);
    await reconnects(worker2);
    const stranger = await cluster.addWorker('stranger'); // it has the old key
    stranger.start();
    await says(stranger, 'Error 3106');
    await stranger.kill('SIGKILL');
    for (const { output } of all) assert.ok(!output.includes(made.key), 'no log tells the key');
  });
});
