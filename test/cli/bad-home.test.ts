import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemWords } from '../../src/config/system-words.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { ossecConf } from '../config/temporary-home.ts';
import { fakeDaemon } from './fake-daemon.ts';
import { runMuster } from './run-muster.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-bad-home-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const home = (name: string, conf: string | null) => {
  const path = join(directory, name);
  mkdirSync(join(path, 'etc'), { recursive: true });
  if (conf !== null) writeFileSync(join(path, 'etc/ossec.conf'), conf);
  return path;
};

describe('a node that cannot start says which file and key are wrong, and what is allowed', () => {
  for (const [what, conf, expected] of [
    [
      'a key of the wrong length',
      ossecConf({ key: 'short' }),
      /Error 3004 - .*etc\/ossec\.conf: <key> has 5 characters; allowed: exactly 32/,
    ],
    [
      'a missing <cluster> section',
      '<ossec_config><global/></ossec_config>',
      /Error 3004 - .*etc\/ossec\.conf: there is no <cluster> section; `muster init` writes one\. .*<disabled>yes/,
    ],
    [
      'an unknown role',
      ossecConf({ node_type: 'king' }),
      /Error 3004 - .*<node_type> is 'king'; allowed: `master` or `worker`/,
    ],
    [
      'a port out of range',
      ossecConf({ port: '70000' }),
      /Error 3004 - .*<port> is '70000'; allowed: a whole number above 1024/,
    ],
    [
      'an address to listen on that this machine does not have',
      // Of a block that is kept for documents: RFC 5737.
      ossecConf({ node_type: 'master', bind_addr: '192.0.2.1' }),
      /Error 3004 - .*etc\/ossec\.conf: <bind_addr> is '192\.0\.2\.1', and this machine does not have that address/,
    ],
    [
      'a file that is no XML',
      '<ossec_config><cluster>',
      /Error 3006 - .*etc\/ossec\.conf is not well-formed/,
    ],
    ['no configuration at all', null, /Error 3006 - .*etc\/ossec\.conf does not exist\. `muster init`/],
  ] as const) {
    it(`${what}: exit code 3, and nothing is started`, async () => {
      const { code, stderr, stdout } = await runMuster([
        'node',
        '--home',
        home(what.replaceAll(/\W+/g, '-'), conf),
      ]);
      assert.equal(code, 3);
      assert.match(stderr, expected);
      assert.equal(stdout, '');
    });
  }

  it('a number out of range in cluster.json: exit code 3, with the key and what is allowed', async () => {
    const path = home('intervals', ossecConf());
    writeFileSync(join(path, 'etc/cluster.json'), '{"intervals":{"worker":{"keep_alive":-1}}}');
    const { code, stderr } = await runMuster(['node', '--home', path]);
    assert.equal(code, 3);
    assert.match(stderr, /Error 3005 - .*intervals\.worker\.keep_alive is -1; allowed: a number from/);
  });
});

describe('a home that is none', () => {
  it('is a file: every command says so, and what to check', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const node = await runMuster(['node', '--home', file]);
    assert.equal(node.code, 3);
    assert.match(
      node.stderr,
      /^muster: Error 3006 - .*\/file is a file, and a home is a directory: check --home\n$/,
    );
    for (const command of ['nodes', 'status', 'diff']) {
      const { code, stderr } = await runMuster([command, '--home', file]);
      assert.equal(code, 4);
      assert.match(
        stderr,
        /^muster: Error 3012 - .*\/file is a file, and a home is a directory: check --home\n$/,
      );
    }
    const init = await runMuster(['init', '--home', file, '--role', 'master', '--name', 'm']);
    assert.equal(init.code, 1);
    assert.match(init.stderr, /Error 3119 - .*a file stands where a directory is needed: check the path/);
  });

  it('does not exist: the path, and how to make one', async () => {
    const path = join(directory, 'nowhere');
    for (const [command, expected] of [
      ['node', 3],
      ['status', 4],
    ] as const) {
      const { code, stderr } = await runMuster([command, '--home', path]);
      assert.equal(code, expected);
      assert.match(stderr, /\/nowhere does not exist: check --home, or make a home with `muster init`\n$/);
    }
  });

  it('is read-only: the path, and what to do', async (t) => {
    if (process.getuid?.() === 0) return t.skip('nothing is read-only for root');
    const path = join(directory, 'read-only');
    mkdirSync(path);
    chmodSync(path, 0o500);
    const init = await runMuster(['init', '--home', join(path, 'home'), '--role', 'master', '--name', 'm']);
    assert.equal(init.code, 1);
    assert.match(init.stderr, /Error 3119 - .*read-only\/home: this user may not do that: check owner/);
  });

  it('every refusal of a file system that people meet has words, and its code', () => {
    for (const code of ['EACCES', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EMFILE']) {
      const words = systemWords(Object.assign(new Error(`${code}: syscall`), { code }));
      assert.match(words, new RegExp(`^[a-z][^:]*.* \\(${code}\\)$`));
      assert.doesNotMatch(words, /syscall/);
    }
    assert.equal(systemWords(new Error('as it is')), 'as it is');
  });
});

describe('a daemon that is there and does not help', () => {
  it('hangs: the answer is error 3020 after five seconds, with what to look at', async () => {
    const path = home('hanging', null);
    await fakeDaemon(path, {});
    const startedMs = performance.now();
    const asking = ['nodes', 'diff'].map((verb) => runMuster([verb, '--home', path]));
    for (const { code, stderr } of await Promise.all(asking)) {
      assert.equal(code, 1);
      assert.match(stderr, /Error 3020 - .*get_\w+: nothing in 5 s; the daemon is stopped or busy/);
    }
    assert.ok(performance.now() - startedMs < 10_000);
  });

  it('has no master: `status` says since when, and why', async () => {
    const path = home('masterless', null);
    const masterFailure = {
      at: '2026-01-01T00:00:00.000Z',
      code: 3102,
      message: 'Cannot connect: nobody listens',
    };
    await fakeDaemon(path, { get_status: { name: 'w', role: 'worker', master: null, masterFailure } });
    const { code, stdout } = await runMuster(['status', '--home', path]);
    assert.equal(code, 0);
    assert.match(stdout, /master +not connected: Error 3102 - Cannot connect: nobody listens \(2026/);
  });

  it('refuses: its error is shown with its code', async () => {
    const path = home('refusing', null);
    await fakeDaemon(path, { get_nodes: new MusterError(3023) });
    const { code, stderr } = await runMuster(['nodes', '--home', path]);
    assert.equal(code, 1);
    assert.match(stderr, /Error 3023 - Not connected to the master/);
  });
});
