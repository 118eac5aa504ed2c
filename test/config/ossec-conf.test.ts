import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { parseClusterSection } from '../../src/config/ossec-conf.ts';
import { KEY, ossecConf, temporaryHome } from './temporary-home.ts';

const load = (text: string) => loadConfig(temporaryHome({ 'etc/ossec.conf': text }));

/** The error of a section, its file shortened. */
async function refusal(change: Record<string, string | null>): Promise<string> {
  const home = temporaryHome({ 'etc/ossec.conf': ossecConf(change) });
  return loadConfig(home).then(
    () => 'accepted',
    (error) => {
      assert.equal(error.code, 3004);
      assert.ok(error.message.includes(`${home}/etc/ossec.conf: `), 'the file is named');
      return error.detail.replace(`${home}/`, '');
    },
  );
}

test('a full section is read, and the configuration cannot be changed afterwards', async () => {
  const config = await load(ossecConf());
  assert.equal(config.clusterName, 'wazuh');
  assert.equal(config.nodeName, 'node1');
  assert.equal(config.role, 'worker');
  assert.equal(config.key, KEY);
  assert.deepEqual(config.masterAddress, { host: '10.0.0.1', port: 1516 });
  assert.equal(config.disabled, false);
  assert.deepEqual(config.warnings, []);
  assert.ok(
    Object.isFrozen(config) &&
      Object.isFrozen(config.intervals.worker) &&
      Object.isFrozen(config.files.items),
  );
});

test('what is absent has the default of existing installations', async () => {
  const config = await load(
    ossecConf({ name: null, node_name: null, node_type: null, port: null, bind_addr: null, hidden: null }),
  );
  assert.equal(config.clusterName, 'wazuh');
  assert.equal(config.nodeName, 'node01');
  assert.equal(config.role, 'master');
  assert.equal(config.port, 1516);
  assert.equal(config.bindAddress, '0.0.0.0');
  assert.equal(config.hidden, false);
});

test('a file without a <cluster> section is an error with what to do: it was forgotten', async () => {
  await assert.rejects(load('<ossec_config><global/></ossec_config>'), {
    code: 3004,
    message: /ossec\.conf: there is no <cluster> section; `muster init` writes one/,
  });
});

test('a section that is off is not checked further, as in existing installations', async () => {
  const config = await load(ossecConf({ disabled: 'yes', key: '', node_type: 'other', nodes: null }));
  assert.equal(config.disabled, true);
});

test('the last of several roots and sections counts', async () => {
  const config = await load(
    `${ossecConf({ node_name: 'first' })}\n<!-- x -->\n${ossecConf({ node_name: 'last' })}`,
  );
  assert.equal(config.nodeName, 'last');
});

test('an empty element counts as absent', async () => {
  assert.equal((await load(ossecConf({ name: '' }))).clusterName, 'wazuh');
  assert.match(await refusal({ key: '' }), /<key> is absent or empty/);
});

test('what only the lenient readers of ossec.conf understand does not hide the section', async () => {
  const odd = '<ossec_config><a>x && y < 3</a><b>\\<start\\></b><!-- <cluster> -- --></ossec_config>';
  assert.equal((await load(`<?xml version="1.0"?>\n${odd}\n${ossecConf()}`)).nodeName, 'node1');
});

const refusals: [string, Record<string, string | null>, RegExp][] = [
  [
    'port is not a number',
    { port: '15x6' },
    /^etc\/ossec.conf: <port> is '15x6'; allowed: a whole number above 1024 and below 65535$/,
  ],
  ['disabled is neither yes nor no', { disabled: 'maybe' }, /<disabled> is 'maybe'; allowed: `yes` or `no`/],
  ['key is absent', { key: null }, /<key> is absent or empty; allowed: exactly 32/],
  ['key is short', { key: 'short' }, /<key> has 5 characters; allowed: exactly 32/],
  [
    'key has letters that are not ASCII',
    { key: `${KEY.slice(1)}é` },
    /<key> has other characters among them/,
  ],
  ['node_type is unknown', { node_type: 'boss' }, /<node_type> is 'boss'; allowed: `master` or `worker`/],
  ['port is at the lower bound', { port: '1024' }, /<port> is '1024'/],
  ['port is at the upper bound', { port: '65535' }, /<port> is '65535'/],
  [
    'nodes is absent',
    { nodes: null },
    /<nodes> is 'NODE_IP'; allowed: a host name or an address without a port/,
  ],
  [
    'nodes has reserved addresses',
    { nodes: '<node>localhost</node><node>a</node><node>0.0.0.0</node>' },
    /<nodes> is 'localhost', '0.0.0.0'/,
  ],
  ['nodes has 127.0.1.1', { nodes: '<node>127.0.1.1</node>' }, /<nodes> is '127.0.1.1'/],
  [
    'a node has a port',
    { nodes: '<node>10.0.0.1:1516</node>' },
    /<nodes> is '10.0.0.1:1516'; allowed: .* without a port/,
  ],
  ['name has a space', { name: 'a b' }, /<name> is 'a b'; allowed: 1 to 128 letters/],
  [
    'node_name is that of the local socket, where its directory would be',
    { node_name: 'c-internal.sock' },
    /<node_name> is 'c-internal.sock'; allowed: 1 to 128/,
  ],
  [
    'node_name could climb out of a directory',
    { node_name: '../x' },
    /<node_name> is '..\/x'; allowed: 1 to 128/,
  ],
  ['bind_addr is no address', { bind_addr: 'a b' }, /<bind_addr> is 'a b'/],
];
for (const [why, change, expected] of refusals) {
  test(`refused, naming file, key, value and what is allowed: ${why}`, async () => {
    assert.match(await refusal(change), expected);
  });
}

test('the checks come in the order of existing installations', async () => {
  const wrong: [string, string][] = [
    ['port', 'x'],
    ['disabled', 'x'],
    ['key', 'x'],
    ['node_type', 'x'],
    ['port', '80'],
    ['nodes', '<node>localhost</node>'],
  ];
  const seen: string[] = [];
  for (let from = 0; from < wrong.length; from += 1) {
    // Later entries first: where a key is wrong twice, the earlier wrongness stands until it is mended.
    const change = Object.fromEntries(wrong.slice(from).reverse());
    seen.push(/<(\w+)>/.exec(await refusal(change))?.[1] ?? '');
  }
  assert.deepEqual(
    seen,
    wrong.map(([key]) => key),
  );
});

test('a wrong key is never shown', async () => {
  assert.ok(!(await refusal({ key: 'TopSecretTopSecret' })).includes('TopSecret'));
});

test('127.0.0.1 is allowed, so that a cluster fits on one machine; so are host names and IPv6', async () => {
  for (const host of ['127.0.0.1', 'master.example.org', '::1', 'under_score']) {
    const config = await load(ossecConf({ nodes: `<node>${host}</node>` }));
    assert.equal(config.masterAddress.host, host);
  }
});

test('of several nodes the first is the master, with a warning', async () => {
  const config = await load(ossecConf({ nodes: '<node>10.0.0.1</node><node>10.0.0.2</node>' }));
  assert.equal(config.masterAddress.host, '10.0.0.1');
  assert.match(config.warnings.join(), /2 entries.*10\.0\.0\.1 is taken as the master/);
});

const warned: [string, Record<string, string | null>, RegExp][] = [
  [
    'the old word client is a worker',
    { node_type: 'client' },
    /'client', an old word; it is read as 'worker'/,
  ],
  ['disabled is absent, about which programs disagree', { disabled: null }, /has no <disabled>/],
  ['hidden is neither yes nor no', { hidden: 'perhaps' }, /<hidden> is 'perhaps'/],
  ['an element is unknown', { interval: '2m' }, /unknown <interval>; ignored/],
];
for (const [why, change, expected] of warned) {
  test(`understood, with a warning: ${why}`, async () => {
    const config = await load(ossecConf(change));
    assert.equal(config.role, 'worker');
    assert.match(config.warnings.join(), expected);
  });
}

test('a file that is absent or not well-formed is error 3006 with the place', async () => {
  await assert.rejects(loadConfig(temporaryHome()), {
    code: 3006,
    message: /etc\/ossec\.conf does not exist/,
  });
  await assert.rejects(load('<ossec_config>\n<cluster>\n</ossec_config>'), { code: 3006, message: /line 3/ });
  await assert.rejects(load('<ossec_config><__proto__>x</__proto__></ossec_config>'), { code: 3006 });
});

test('an element that is there twice counts as its last', () => {
  const text = '<ossec_config><cluster><name>a</name><name>b</name></cluster></ossec_config>';
  const section = parseClusterSection(text, 'x');
  assert.equal(section?.values.name, 'b');
  assert.match(section?.warnings.join() ?? '', /<name> 2 times/);
});
