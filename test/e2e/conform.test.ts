import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConformReport, conform } from '../../src/conform/conform.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { Cluster, KEY, waitFor } from './cluster.ts';
import { muster } from './node-process.ts';
import { assertCaused, departuresOf, type Held } from './walked.ts';

/** The machines of a master that a worker speaks to, and what of them no path of a worker can or shall cause. */
const HELD: Held = {
  'server-handler': [],
  // Before its first scan a master has nothing to compare with.
  // Nor does any path report once more what it has said by cancelling a process: that is tried by test/model.
  'integrity-server': [/\(any state\): rx\.syn_i_w_m_p → /, /idle: rx\.syn_i_w_m_r \[isTold\]/],
  'integrity-permission': [],
  // No path gives a set up before it travels, or once its last piece has come: that is tried by test/model.
  'integrity-serve': [/\(any state\): rx\.cancel_task \[concernsThisTask\]/, /finishing: rx\.cancel_task \[/],
  // How long a store takes is not for its peer to say.
  'agent-info-receive': [/storing: rx\./],
  // What a master sends by itself comes when there are news, or after pauses.
  'groups-broadcast': [/(?:sendingDifference|telling|comparing): rx\./],
  transfers: [],
};
/** What a worker causes: its requests, as the handler hears them and as it passes them on. */
const OF_A_WORKER = /: (?:rx\.|permission\.(?:ask|begin))/;

/** One path waits for the five seconds of a master's patience: `npm run conform` has the time. */
const ALL_BUT_SILENCE = /^(?!.*silently)/;
/** Agent-groups are sent when the first walks are over, or nearly, and not half a minute after the start. */
const SETTINGS = { intervals: { master: { agent_group_start_delay: 10 } } };
const GROUPS_TIMEOUT_MS = 30_000;
const OTHER_KEY = 'f'.repeat(32);

describe('muster conform', () => {
  let cluster: Cluster;
  let recording: string;
  const target = () => ({
    host: '127.0.0.1',
    port: cluster.port,
    key: KEY,
    cluster: 'wazuh',
    isPlain: false,
    release: '4.7.5',
  });
  before(async () => {
    cluster = await Cluster.create(1);
    cluster.configure(SETTINGS);
    cluster.write('etc/rules/a.xml', 'a\n');
    recording = join(cluster.directory, 'master.trace');
    cluster.master.start(['--record', recording]);
    await waitFor('the master to know its set', async () => {
      const status = await cluster.status(cluster.master).catch(() => null);
      return typeof status?.digest === 'string';
    });
    const options = { isActive: true, only: ALL_BUT_SILENCE };
    const walk = (dialect: DialectName) => conform({ ...target(), dialect }, options);
    walks = { muster: walk('muster'), wazuh4: walk('wazuh4') };
  });
  after(() => cluster.close());
  let walks: Readonly<Record<DialectName, Promise<ConformReport>>>;

  for (const dialect of ['muster', 'wazuh4'] as const)
    it(`finds that a master of Muster conforms in ${dialect}`, async () => {
      const report = await walks[dialect];
      assert.equal(report.master.name, 'master');
      assert.deepEqual(departuresOf(report), []);
      assert.ok(report.paths.filter(({ outcome }) => outcome === 'conforms').length > 30);
    });

  it('is a command that says so, and ends with 0', async () => {
    const args = ['conform', '--port', `${cluster.port}`, '--key', KEY, '--only', 'conform-strings'];
    const { code, stdout, stderr } = await muster(args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Nothing departs from the model: \d+ paths conform to their end\./);
  });

  const refusals: readonly [what: string, change: object, code: number, words: RegExp][] = [
    ['another key', { key: OTHER_KEY }, 3106, /key/],
    ['another key in wazuh4', { key: OTHER_KEY, dialect: 'wazuh4' }, 3103, /has this key.*--dialect muster/],
    ['a master that has TLS, spoken to without', { isPlain: true }, 3103, /does not answer as a master/],
    ['another cluster', { cluster: 'elsewhere' }, 3030, /cluster/],
    ['another version of Wazuh', { release: '4.0.0', dialect: 'wazuh4' }, 3031, /version/],
  ];
  for (const [what, change, code, message] of refusals)
    it(`tells of ${what}: ${code}`, async () => {
      const refused = conform({ ...target(), dialect: 'muster', ...change }, { timeoutMs: 3_000 });
      await assert.rejects(refused, { code, message });
    });

  it('tells of nobody who listens, as every command does', async () => {
    const { code, stderr } = await muster(['conform', '--port', '1', '--key', KEY]);
    assert.match(stderr, /Error 3102 - .*127\.0\.0\.1:1/);
    assert.equal(code, 1);
  });

  it('leaves the cluster as it was: the set, and the worker that is in step; agent-groups that the master sends meanwhile are no departure', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    worker.start();
    await cluster.inStep();
    const { home } = cluster.master;
    const added = await muster(['agents', 'add', 'web-01', '--group', 'default', '--home', home]);
    assert.equal(added.code, 0, added.stderr);
    await waitFor(
      'the master to have sent agent-groups',
      () =>
        Promise.resolve(
          /"Worker worker1","subtag":"Agent-groups send".*Finished/.test(cluster.master.output),
        ),
      GROUPS_TIMEOUT_MS,
    );
    const { digest } = await cluster.status(cluster.master);
    const options = { isActive: true, only: /conform-(?:integrity|agent|files)/ };
    const reports = await Promise.all(
      (['muster', 'wazuh4'] as const).map((dialect) => conform({ ...target(), dialect }, options)),
    );
    for (const report of reports) assert.deepEqual(departuresOf(report), []);
    assert.equal((await cluster.status(cluster.master)).digest, digest);
    assert.equal((await cluster.status(worker)).connected, true);
    assert.doesNotMatch(worker.output, /"level":"(?:warning|error)"/);
    cluster.write('etc/rules/b.xml', 'after the test of conformance\n');
    await cluster.inStep();
  });

  it('has walked the handlers and sync machines of that master through all that a worker can cause', async () => {
    await cluster.master.kill('SIGTERM');
    assertCaused([recording], OF_A_WORKER, HELD);
  });
});
