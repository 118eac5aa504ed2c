import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { ossecConf, temporaryHome } from './temporary-home.ts';

const loaded = (files: Record<string, string>, muster: object = {}) =>
  loadConfig(
    temporaryHome({
      'etc/ossec.conf': ossecConf({ node_type: 'master' }),
      'etc/muster.json': JSON.stringify(muster),
      ...files,
    }),
  );

test('the version that nodes of 4.x have to have is configured, or that of the installation, or the one that was measured', async () => {
  const script = {
    'bin/wazuh-control': '#!/bin/sh\nAUTHOR="Wazuh Inc."\nVERSION="v4.8.1"\nREVISION="40800"\n',
  };
  assert.equal((await loaded({})).compatibleVersion, '4.7.5');
  assert.equal((await loaded(script)).compatibleVersion, '4.8.1');
  assert.equal(
    (await loaded(script, { cluster: { compatible_version: '4.7.2' } })).compatibleVersion,
    '4.7.2',
  );
  const framework = { 'framework/wazuh/core/cluster/__init__.py': "# Wazuh\n\n__version__ = '4.9.2'\n" };
  assert.equal((await loaded({ ...script, ...framework })).compatibleVersion, '4.9.2', 'what originals tell');
  assert.equal((await loaded({ 'bin/wazuh-control': 'VERSION=$(cat x)' })).compatibleVersion, '4.7.5');
  await assert.rejects(loaded({}, { cluster: { compatible_version: 'v4.7' } }), {
    code: 3004,
    message: /compatible_version/,
  });
});

test('a version that was not tried is warned of where nodes of 4.x may come, and one that is none of 4.x is refused', async () => {
  const warned = async (version: string, dialect: string) => {
    const { warnings } = await loaded({}, { cluster: { compatible_version: version, dialect } });
    return warnings.filter((warning) => warning.includes(version));
  };
  assert.deepEqual(await warned('4.7.2', 'auto'), []);
  assert.match((await warned('4.14.1', 'auto')).join(), /was tried beside 4\.7\.5 only.*cluster\.dialect/);
  assert.equal((await warned('4.2.0', 'wazuh4')).length, 1);
  assert.deepEqual(await warned('4.14.1', 'muster'), []);
  const installed = await loaded({ 'bin/wazuh-control': 'VERSION="v5.0.0"\n' });
  assert.match(installed.warnings.join(), /5\.0\.0/);
  await assert.rejects(loaded({}, { cluster: { compatible_version: '3.13.6' } }), {
    code: 3004,
    message: /compatible_version/,
  });
});

test('who trusts certificates is joined by nobody who only knows the cluster key, unless that is said', async () => {
  const certificate = { transport: 'certificate', master_name: 'master' };
  assert.equal((await loaded({})).dialect, 'auto');
  assert.equal((await loaded({}, { security: certificate })).dialect, 'muster');
  assert.equal(
    (await loaded({}, { security: certificate, cluster: { dialect: 'wazuh4' } })).dialect,
    'wazuh4',
  );
});
