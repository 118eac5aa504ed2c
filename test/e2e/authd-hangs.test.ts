import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeAuthd, HANGS } from '../registration/fake-authd.ts';
import { Cluster, waitFor } from './cluster.ts';

/** Beside the seconds that an authd has to show that it lives. */
const TIMEOUT_MS = 30_000;
const WARNING = /"warning".*an authd at .*, which does not answer yet; .*Error 3212/;

it('a node beside an authd that hangs serves, and says that agents cannot be registered just then', async () => {
  const cluster = await Cluster.create(1);
  const authds = await Promise.all(cluster.nodes.map(({ home }) => FakeAuthd.start(home, HANGS)));
  try {
    cluster.write('etc/rules/local_rules.xml', '<group name="a"></group>');
    cluster.start();
    await waitFor(
      'the warnings',
      () => cluster.nodes.every(({ output }) => WARNING.test(output)),
      TIMEOUT_MS,
      () => cluster.nodes.map(({ output }) => output).join('\n'),
    );
    await cluster.inStep();
    assert.ok(cluster.nodes.every(({ runs }) => runs));
  } finally {
    await cluster.close();
    for (const authd of authds) await authd[Symbol.asyncDispose]();
  }
});
