import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NodeProcess } from '../../src/cli/demo/node-process.ts';
import { describeStep } from '../../src/cli/demo/summary.ts';
import { RefusedError } from '../../src/cli/exit-code.ts';
import { initHome } from '../../src/cli/init-home.ts';
import { temporaryFolder } from './run-muster.ts';

/** What a node says that does not start. */
async function complaintOf(node: NodeProcess): Promise<string> {
  after(() => node.store.close());
  node.start();
  after(() => node.killNow());
  const error = await node.ready().then(
    () => assert.fail('it started'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof RefusedError, 'it is told without a stack');
  assert.ok(node.hasFailed, 'its folder is kept');
  return error.message;
}

test('a node of the demonstration whose home cannot be used tells so in its own words', async () => {
  const home = join(temporaryFolder(), 'nowhere');
  const [said, log] = (await complaintOf(new NodeProcess('worker1', 'worker', home))).split('\n');
  assert.match(said ?? '', /^worker1 did not start: muster: Error 3006 - .*nowhere does not exist/);
  assert.equal(log, `It has no log yet; ${home}/logs/cluster.log is where it would be.`);
});

test('a node of the demonstration whose port is taken shows the last errors of its log, and where that is', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const home = temporaryFolder();
  await initHome({
    home,
    role: 'master',
    name: 'master',
    cluster: 'c',
    bind: '127.0.0.1',
    port: String(port),
    force: false,
  });
  const node = new NodeProcess('master', 'master', home, { inspectPort: port });
  const [said, log, problem] = (await complaintOf(node)).split('\n');
  assert.equal(said, 'master did not start: it ended');
  assert.equal(log, `The last warnings and errors of its log, ${home}/logs/cluster.log:`);
  assert.match(
    problem ?? '',
    new RegExp(`^  .* ERROR: .*Error 3101 - .*:${port} .*: another process uses it: `),
  );
});

test('a failure of several lines stands below its step', () => {
  const step = { kind: 'start', title: 'start', durationMs: 1, failure: 'a\nb' } as const;
  assert.match(describeStep(step), /\n {17}a\n {17}b$/);
});
