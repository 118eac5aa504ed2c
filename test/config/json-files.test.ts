import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { KEY, ossecConf, temporaryHome } from './temporary-home.ts';

const INSTALLED = 'framework/wazuh/core/cluster/cluster.json';

function load(files: Record<string, unknown>) {
  const texts = Object.entries(files).map(([path, value]) => [
    path,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return loadConfig(temporaryHome({ 'etc/ossec.conf': ossecConf(), ...Object.fromEntries(texts) }));
}

test('the defaults are those of the specification', async () => {
  const { intervals, files } = await load({});
  assert.equal(intervals.worker.agentGroupsMismatchLimit, 10);
  assert.equal(intervals.worker.syncIntegrityMs, 9_000);
  assert.equal(intervals.worker.keepAliveMs, 60_000);
  assert.equal(intervals.worker.connectionRetryMs, 10_000);
  assert.equal(intervals.master.recalculateIntegrityMs, 8_000);
  assert.equal(intervals.master.processPoolSize, 2);
  assert.equal(intervals.master.checkWorkerLastKeepaliveMs, 60_000);
  assert.equal(intervals.master.maxAllowedTimeWithoutKeepaliveMs, 120_000);
  assert.equal(intervals.master.maxLockedIntegrityTimeMs, 1_000_000);
  assert.equal(intervals.communication.timeoutClusterRequestMs, 20_000);
  assert.equal(intervals.communication.timeoutReceivingFileMs, 120_000);
  assert.equal(intervals.communication.maxZipSizeBytes, 1_073_741_824);
  assert.equal(intervals.communication.minZipSizeBytes, 31_457_280);
  assert.equal(intervals.communication.zipLimitTolerance, 0.2);
  assert.deepEqual(
    files.items.map((item) => item.key),
    ['etc/', 'etc/shared/', 'var/multigroups/', 'etc/rules/', 'etc/decoders/', 'etc/lists/'],
  );
  assert.deepEqual(files.items[0], {
    key: 'etc/',
    permissions: 0o640,
    files: ['client.keys'],
    recursive: false,
    removeSubdirsIfEmpty: false,
    extraValid: false,
  });
});

test('a cluster.json in the manner of an existing installation loads without a warning', async () => {
  const config = await load({
    [INSTALLED]: {
      files: {
        'etc/': {
          permissions: '0o640',
          source: 'master',
          files: ['client.keys'],
          recursive: false,
          restart: false,
          remove_subdirs_if_empty: false,
          extra_valid: false,
          description: 'keys',
        },
        'etc/rules/': {
          permissions: '0o660',
          source: 'master',
          files: ['all'],
          recursive: true,
          restart: true,
        },
        excluded_files: ['ar.conf'],
        excluded_extensions: ['~'],
      },
      intervals: {
        worker: { agent_groups_mismatch_limit: 5 },
        master: {},
        communication: { min_zip_size: 1 },
      },
      distributed_api: { enabled: false },
    },
  });
  assert.deepEqual(config.warnings, []);
  assert.equal(config.intervals.worker.agentGroupsMismatchLimit, 5);
  assert.deepEqual(config.files.excludedFiles, ['ar.conf']);
  assert.equal(config.files.items.length, 2);
  assert.equal(config.distributedApiEnabled, false);
  assert.ok(config.sources.some((path) => path.endsWith(INSTALLED)));
});

test('etc/cluster.json goes before the place of existing installations', async () => {
  const interval = (sync_integrity: number) => ({ intervals: { worker: { sync_integrity } } });
  const config = await load({ 'etc/cluster.json': interval(0.25), [INSTALLED]: interval(7) });
  assert.equal(config.intervals.worker.syncIntegrityMs, 250, 'seconds may be fractions');
});

test('an unknown key of cluster.json is a warning, since installations of different ages differ', async () => {
  const config = await load({ 'etc/cluster.json': { intervals: { worker: { later: 1 } }, more: {} } });
  assert.match(
    config.warnings.join(),
    /cluster\.json: intervals\.worker\.later is unknown; ignored.*more is unknown/,
  );
});

test('keepalives that are rarer than the patience of the master are a warning', async () => {
  const config = await load({ 'etc/cluster.json': { intervals: { worker: { keep_alive: 500 } } } });
  assert.match(config.warnings.join(), /keep_alive \(500\) is not below/);
});

test('keepalives of the master that are rarer than the patience of its workers are a warning', async () => {
  const at = async (master: object) =>
    (await load({ 'etc/cluster.json': { intervals: { master } } })).warnings.join();
  assert.match(
    await at({ check_worker_lastkeepalive: 120 }),
    /master\.check_worker_lastkeepalive \(120\) is not below .*\(120\): workers will leave/,
  );
  assert.equal(await at({ check_worker_lastkeepalive: 119 }), '');
});

const wrong: [string, unknown, RegExp][] = [
  [
    'a text for a number',
    { intervals: { worker: { keep_alive: '60' } } },
    /intervals\.worker\.keep_alive is "60"; allowed: a number from 0\.001 to 604800/,
  ],
  [
    'a negative interval',
    { intervals: { master: { recalculate_integrity: -1 } } },
    /recalculate_integrity is -1; allowed/,
  ],
  [
    'a fraction of a thread',
    { intervals: { master: { process_pool_size: 1.5 } } },
    /process_pool_size is 1\.5; allowed: a whole number from 1 to 64/,
  ],
  [
    'a least size above the largest',
    { intervals: { communication: { max_zip_size: 10, min_zip_size: 11 } } },
    /min_zip_size is 11; allowed: at most max_zip_size, which is 10/,
  ],
  ['a list for an object', { intervals: [] }, /intervals is \[\]; allowed: an object of settings/],
  ['a file of another kind', '3', /the file is 3; allowed: an object of settings/],
  [
    'a mode in decimal',
    { files: { 'etc/rules/': { permissions: 660 } } },
    /files\.etc\/rules\/\.permissions is 660; allowed: an octal text/,
  ],
  ['a mode that is absent', { files: { 'etc/rules/': {} } }, /permissions is absent; allowed: an octal text/],
  [
    'a directory outside the home',
    { files: { '../x/': { permissions: '0o660' } } },
    /files\.\.\.\/x\/ is .*; allowed: a directory below the home/,
  ],
  [
    'an absolute directory',
    { files: { '/etc/': { permissions: '0o660' } } },
    /allowed: a directory below the home/,
  ],
  [
    "the node's own state",
    { files: { 'queue/cluster/': { permissions: '0o660' } } },
    /outside `queue\/cluster\/`/,
  ],
  [
    'a directory around the own state',
    { files: { 'queue/': { permissions: '0o660' } } },
    /outside `queue\/cluster\/`/,
  ],
  [
    'a name with a slash',
    { files: { 'etc/': { permissions: '0o660', files: ['a/b'] } } },
    /files\.etc\/\.files\.0 is "a\/b"; allowed: `\["all"\]`/,
  ],
];
for (const [why, content, expected] of wrong) {
  test(`cluster.json is refused with 3005, naming file, key, value and what is allowed: ${why}`, async () => {
    await assert.rejects(load({ 'etc/cluster.json': content }), { code: 3005, message: expected });
    await assert.rejects(load({ 'etc/cluster.json': content }), { message: /etc\/cluster\.json: / });
  });
}

test('all wrong keys are named at once', async () => {
  const both = { intervals: { worker: { keep_alive: 0, sync_integrity: 0 } } };
  await assert.rejects(load({ 'etc/cluster.json': both }), {
    message: /sync_integrity is 0; allowed: .*keep_alive is 0; allowed: /,
  });
});

test('a syntax error tells the place and does not quote the file, which may hold a secret', async () => {
  const text = `{"security":\n {"accepted_keys": ["${KEY}" x]}}`;
  await assert.rejects(load({ 'etc/muster.json': text }), (error: Error) => {
    assert.match(error.message, /etc\/muster\.json: is not JSON: line 2, column \d+/);
    assert.ok(!error.message.includes(KEY.slice(-6)));
    return true;
  });
});

test('muster.json has its defaults, and its paths are below the home', async () => {
  const { security, push, connection, home } = await load({});
  assert.equal(security.transport, 'psk');
  assert.equal(security.certificateFile, `${home}/etc/muster.crt`);
  assert.equal(push.enabled, true);
  assert.equal(connection.handshakeTimeoutMs, 5_000);
});

test('muster.json takes keys for a rotation, and never shows a wrong one', async () => {
  const other = KEY.replaceAll('0', 'Z');
  const config = await load({ 'etc/muster.json': { security: { accepted_keys: [other] } } });
  assert.deepEqual(config.security.acceptedKeys, [other]);
  await assert.rejects(
    load({ 'etc/muster.json': { security: { accepted_keys: ['NotQuiteASecret'] } } }),
    (error: Error) => {
      assert.match(
        error.message,
        /security\.accepted_keys\.0 is not what it should be; allowed: at most 8 keys/,
      );
      assert.ok(!error.message.includes('NotQuite'));
      return true;
    },
  );
});

test('an unknown key of muster.json is an error that lists the known ones', async () => {
  await assert.rejects(load({ 'etc/muster.json': { push: { enable: false } } }), {
    code: 3004,
    message: /push has the unknown key enable; allowed: enabled, watch, debounce/,
  });
});

test('the log level is that of the internal options, the local file last', async () => {
  const option = (value: number) => `# comment\nwazuh_clusterd.debug=${value}\n`;
  assert.equal((await load({})).log.level, 'info');
  assert.equal((await load({ 'etc/internal_options.conf': option(1) })).log.level, 'debug');
  const both = { 'etc/internal_options.conf': option(1), 'etc/local_internal_options.conf': option(2) };
  assert.equal((await load(both)).log.level, 'debug2');
  await assert.rejects(load({ 'etc/internal_options.conf': option(7) }), {
    code: 3004,
    message: /debug is '7'; allowed: 0/,
  });
});
