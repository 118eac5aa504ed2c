import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cluster, freePort, waitFor } from './cluster.ts';
import { muster, type NodeProcess } from './node-process.ts';

const FIXTURES = fileURLToPath(new URL('../transport/fixtures/', import.meta.url));
/** What a worker does now and then it does all the time. */
const SETTINGS = { intervals: { worker: { sync_integrity: 0.1, keep_alive: 0.1, connection_retry: 0.05 } } };
/** One path waits for the five seconds of a master's patience. */
const ONLY = '^conform-(?:hello|session)(?!.*silently)';
const WORKER_ONLY = '^conform-(?:worker-hello|worker-session)';

/** This node trusts certificates, and shows that of this name. */
function certify({ home }: NodeProcess, name: string): void {
  copyFileSync(join(FIXTURES, `${name}.pem`), join(home, 'etc/muster.crt'));
  copyFileSync(join(FIXTURES, `${name}.key`), join(home, 'etc/muster.key'));
  copyFileSync(join(FIXTURES, 'ca.pem'), join(home, 'etc/muster-ca.crt'));
  const security = { transport: 'certificate', master_name: 'master' };
  writeFileSync(join(home, 'etc/muster.json'), JSON.stringify({ security }));
}

const certificateOf = (name: string, authority = 'ca') => [
  ...['--certificate', join(FIXTURES, `${name}.pem`), '--private-key', join(FIXTURES, `${name}.key`)],
  ...['--authority', join(FIXTURES, `${authority}.pem`)],
];

describe('muster conform where nodes trust certificates', () => {
  let cluster: Cluster;
  const conform = (args: readonly string[], port = cluster.port) =>
    muster(['conform', '--port', `${port}`, ...args], 120_000);
  before(async () => {
    cluster = await Cluster.create(0);
    certify(cluster.master, 'master');
    cluster.master.start();
    await waitFor('the master to know its set', async () => {
      const status = await cluster.status(cluster.master).catch(() => null);
      return typeof status?.digest === 'string';
    });
  });
  after(() => cluster.close());

  it('finds that a master of Muster conforms, by the name in its own certificate', async () => {
    const { code, stdout, stderr } = await conform([...certificateOf('worker2'), '--only', ONLY]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^master at 127\.0\.0\.1:\d+, version \S+, as worker2 by the dialect muster/);
    assert.match(stdout, /nameOfMaster.*: its certificate proves another name/);
    assert.match(
      stdout,
      /Nothing departs from the model: \d{2} paths conform to their end\. Of the others 1 /,
    );
  });

  it('finds that a worker of Muster conforms, to which it shows the certificate of its master', async () => {
    const port = await freePort();
    const worker = await cluster.addWorker('worker1', 'worker1', port);
    certify(worker, 'worker1');
    writeFileSync(join(worker.home, 'etc/cluster.json'), JSON.stringify(SETTINGS));
    worker.start();
    const args = ['--role', 'worker', ...certificateOf('master'), '--only', WORKER_ONLY];
    const { code, stdout, stderr } = await conform(args, port);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^worker1, version \S+, as master at /);
    assert.match(stdout, /Nothing departs from the model: \d{2} paths conform to their end\./);
  });

  it('tells of a worker that does not take its certificate for that of the master: who that was, and why', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    const port = await freePort();
    const other = await cluster.addWorker('worker1', 'other', port);
    certify(other, 'worker1');
    writeFileSync(join(other.home, 'etc/cluster.json'), JSON.stringify(SETTINGS));
    other.start();
    await waitFor('it to try, again and again', () => /Could not connect to master/.test(other.output));
    const args = ['--role', 'worker', ...certificateOf('worker2'), '--only', WORKER_ONLY, '--patience', '2'];
    const { code, stderr } = await conform(args, port);
    assert.equal(code, 1);
    assert.match(stderr, /Error 3023 - .*security\.master_name worker2.*127\.0\.0\.1:\d+ was not let in/);
  });

  const own = certificateOf('worker2');
  const refusals: readonly [what: string, args: readonly string[], code: number, words: RegExp][] = [
    ['of another authority', certificateOf('stranger'), 1, /Error 31(?:03|06) - .*(?:certificate|authority)/],
    [
      'that has expired',
      certificateOf('expired'),
      1,
      /Error 3106 - .*expired\.pem: the certificate has expired/,
    ],
    ['that names no node', certificateOf('nameless'), 1, /Error 3106 - .*nameless\.pem: the common name/],
    ['that is not there', own.with(1, '/nowhere.pem'), 1, /Error 3119 - .*\/nowhere\.pem: there is no such/],
    ['that is none', own.with(1, join(FIXTURES, 'make.sh')), 2, /make\.sh is not a certificate in PEM/],
    [
      'whose key is another one',
      own.with(3, join(FIXTURES, 'worker1.key')),
      2,
      /worker1\.key is not the private key of .*worker2\.pem/,
    ],
    [
      'while it trusts another authority',
      certificateOf('worker2', 'stranger'),
      1,
      /Error 3106 - .*authority/,
    ],
  ];
  // They share nothing but the master, and most of their time is the start of a process.
  describe('tells clearly', { concurrency: 2 }, () => {
    for (const [what, args, exitCode, words] of refusals)
      it(`of a certificate ${what}`, async () => {
        const { code, stderr } = await conform(args);
        assert.match(stderr, words);
        assert.equal(code, exitCode);
      });
  });

  it('tells of a key where nodes trust certificates, and of certificates where it cannot speak by them', async () => {
    const [byKey, half, inWazuh4] = await Promise.all([
      conform(['--key', 'c'.repeat(32)]),
      conform(certificateOf('worker2').slice(0, 4)),
      conform([...certificateOf('worker2'), '--dialect', 'wazuh4']),
    ]);
    assert.match(byKey.stderr, /Error 3106 - .*same kind of security/);
    assert.match(half.stderr, /--certificate, --private-key and --authority go together/);
    assert.match(inWazuh4.stderr, /certificates are of the dialect muster, with TLS/);
    assert.deepEqual([byKey.code, half.code, inWazuh4.code], [1, 2, 2]);
  });
});
