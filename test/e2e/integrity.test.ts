import assert from 'node:assert/strict';
import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cluster, waitFor } from './cluster.ts';
import { sameTree, treeOf } from './tree.ts';

/** What a change may take from the write on the master to the last worker, on a busy machine. */
const PUSH_DEADLINE_MS = 5_000;

describe('a master and two workers, as real processes', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.recorded(2);
    for (let i = 0; i < 200; i += 1) cluster.write(`etc/rules/rule-${i}.xml`, `<group name="g${i}"/>\n`);
    cluster.write('etc/client.keys', '001 agent any 0123\n');
    cluster.write('etc/shared/default/agent.conf', '<agent_config/>\n');
    cluster.write('etc/lists/a name with spaces ü', 'key:value\n');
    cluster.write('etc/rules/large.xml', Buffer.alloc(3_000_000, 'large'));
    cluster.write('etc/rules/stray.xml', 'only on the worker\n', cluster.workers[0]);
    cluster.start();
  });
  after(() => cluster.close());

  const eventually = (what: string, check: () => boolean) =>
    waitFor(what, check, PUSH_DEADLINE_MS, () =>
      [...cluster.nodes].map((node) => `${node.name}:\n${node.output.slice(-3000)}`).join('\n'),
    );
  const onAll = (check: (home: string) => boolean) => () => cluster.workers.every(({ home }) => check(home));

  it('gives every worker the set of the master, and takes away what the master does not have', async () => {
    await cluster.inStep();
    assert.equal(existsSync(join(cluster.workers[0]?.home ?? '', 'etc/rules/stray.xml')), false);
  });

  it('writes files with the permissions of the configuration', () => {
    for (const { home } of cluster.workers) {
      assert.equal(statSync(join(home, 'etc/client.keys')).mode & 0o777, 0o640);
      assert.equal(statSync(join(home, 'etc/rules/rule-1.xml')).mode & 0o777, 0o660);
    }
  });

  it('has an umask of its own, which takes nothing from the permissions of what it makes', () => {
    for (const { home } of cluster.nodes) {
      assert.equal(statSync(join(home, 'queue/cluster/.outgoing')).mode & 0o777, 0o770);
    }
  });

  it('carries a changed file to the workers by push, long before the period ends', async () => {
    cluster.write('etc/rules/rule-7.xml', 'changed\n');
    await eventually(
      'the change',
      onAll(
        (home) => treeOf(home).get('etc/rules/rule-7.xml') === Buffer.from('changed\n').toString('base64'),
      ),
    );
  });

  it('carries a new file in a new directory', async () => {
    cluster.write('etc/shared/group1/agent.conf', '<agent_config os="linux"/>\n');
    await eventually(
      'the new group',
      onAll((home) => existsSync(join(home, 'etc/shared/group1/agent.conf'))),
    );
  });

  it('deletes what was deleted, with the directory that became empty', async () => {
    rmSync(join(cluster.master.home, 'etc/shared/group1'), { recursive: true });
    await eventually(
      'the deletion',
      onAll((home) => !existsSync(join(home, 'etc/shared/group1'))),
    );
  });

  it('follows a rename', async () => {
    renameSync(
      join(cluster.master.home, 'etc/rules/rule-8.xml'),
      join(cluster.master.home, 'etc/rules/renamed.xml'),
    );
    await eventually(
      'the rename',
      onAll(
        (home) =>
          existsSync(join(home, 'etc/rules/renamed.xml')) && !existsSync(join(home, 'etc/rules/rule-8.xml')),
      ),
    );
  });

  it('does not carry a change of permissions: they come from the receiver', async () => {
    chmodSync(join(cluster.master.home, 'etc/rules/rule-9.xml'), 0o600);
    cluster.write('etc/rules/after-chmod.xml', 'x');
    await eventually(
      'the file written after',
      onAll((home) => existsSync(join(home, 'etc/rules/after-chmod.xml'))),
    );
    for (const { home } of cluster.workers) {
      assert.equal(statSync(join(home, 'etc/rules/rule-9.xml')).mode & 0o777, 0o660);
    }
  });

  it('heals a file that was tampered with on a worker', async () => {
    const worker = cluster.workers[1];
    assert.ok(worker);
    cluster.write('etc/rules/rule-3.xml', 'tampered\n', worker);
    await eventually(
      'the healing',
      () =>
        treeOf(worker.home).get('etc/rules/rule-3.xml') ===
        treeOf(cluster.master.home).get('etc/rules/rule-3.xml'),
    );
  });

  it('heals by itself when the master is killed and started again', async () => {
    await cluster.master.kill('SIGKILL');
    cluster.write('etc/rules/while-away.xml', 'written while the master was away\n');
    cluster.master.start();
    await cluster.inStep();
    assert.ok(existsSync(join(cluster.workers[0]?.home ?? '', 'etc/rules/while-away.xml')));
  });

  it('ends in order on SIGTERM, with exit code 0, and says so', async () => {
    for (const node of [...cluster.workers, cluster.master]) {
      await node.kill('SIGTERM');
      assert.equal(node.exitCode, 0, `${node.name}:\n${node.output.slice(-3000)}`);
    }
    assert.ok(sameTree(treeOf(cluster.master.home), treeOf(cluster.workers[0]?.home ?? '')));
  });
});
