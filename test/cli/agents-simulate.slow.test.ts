import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { initHome } from '../../src/cli/init-home.ts';
import { runMuster, temporaryFolder } from './run-muster.ts';

const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';

/** Homes of nodes that do not run. */
async function homes(): Promise<{ master: string; worker: string }> {
  const folder = temporaryFolder();
  const [master, worker] = [join(folder, 'master'), join(folder, 'worker1')];
  const common = { cluster: 'c', key: KEY, force: false };
  await initHome({ ...common, home: master, role: 'master', name: 'm' });
  await initHome({ ...common, home: worker, role: 'worker', name: 'worker1', master: '127.0.0.1:1516' });
  return { master, worker };
}

const simulate = (...args: string[]) => runMuster(['agents', 'simulate', ...args], { MUSTER_HOME: '' });

test('a home that nobody serves is error 2005 and exit code 4, with what to do', async () => {
  const { master, worker } = await homes();
  for (const home of [master, worker]) {
    const { code, stderr } = await simulate('--home', home);
    assert.match(
      stderr,
      /Error 2005 - .*nobody serves .*queue\/db\/wdb; start the node with `muster node --home /,
    );
    assert.ok(stderr.includes(home));
    assert.equal(code, 4);
  }
});

test('homes that make no sense together are exit code 2, and say why', async () => {
  const { master, worker } = await homes();
  const other = await homes();
  const wrong: [RegExp, ...string[]][] = [
    [/the home of the master has to be the first: .*worker1 is that of worker worker1/, worker, master],
    [/is given twice/, master, worker, worker],
    [/is the home of a second master/, master, other.master],
  ];
  for (const [words, ...given] of wrong) {
    const { code, stderr } = await simulate(...given.flatMap((home) => ['--home', home]));
    assert.match(stderr, words);
    assert.equal(code, 2);
  }
});

test('a folder that is no home is exit code 3', async () => {
  const { code, stderr } = await simulate('--home', temporaryFolder());
  assert.match(stderr, /Error 3006/);
  assert.equal(code, 3);
});

test('numbers that are none, or too large, are exit code 2', async () => {
  const { master } = await homes();
  const wrong = ['--count=0', '--count=100001', '--rate=x', '--seconds=1.5', '--seed=-1', '--groups=101'];
  for (const { code, stderr } of await Promise.all(wrong.map((given) => simulate('--home', master, given)))) {
    assert.match(stderr, /A whole number from \d+ to \d+ is needed/);
    assert.equal(code, 2);
  }
});
