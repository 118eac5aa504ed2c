import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode } from '../../src/cli/exit-code.ts';
import { main } from '../../src/cli/main.ts';
import { ScriptedWorker } from '../conform/scripted-worker.ts';
import { freePort } from '../e2e/cluster.ts';
import { runMuster } from './run-muster.ts';

const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const { usage, failed } = ExitCode;

describe('the command line of muster conform', () => {
  const wrong: readonly [what: string, args: readonly string[], code: number, words: RegExp][] = [
    ['a command line without a key', [], usage, /a key is needed/],
    ['a key of a bad length', ['--key', 'short'], usage, /a cluster key has 32/],
    ['a key and a file of it', ['--key', KEY, '--key-file', 'key.txt'], usage, /the same twice/],
    ['a file of the key that is not there', ['--key-file', '/nowhere/key'], failed, /\/nowhere\/key/],
    ['a port that is none', ['--port', '65536', '--key', KEY], usage, /a whole number from 1 to 65535/],
    ['a dialect that is none', ['--dialect', 'latin', '--key', KEY], usage, /muster, wazuh4/],
    ['a role that is none', ['--role', 'client', '--key', KEY], usage, /master, worker/],
    ['patience with a master', ['--patience', '1', '--key', KEY], usage, /--patience is for --role worker/],
    [
      'time for a master to do nothing',
      ['--idle-timeout', '1', '--key', KEY],
      usage,
      /--idle-timeout is for/,
    ],
    ['agents of a master', ['--agents', '--key', KEY], usage, /--agents is for --role worker/],
    ['a pattern that is none', ['--only', '(', '--key', KEY], usage, /no regular expression/],
    ['a time that is none', ['--timeout', '0', '--key', KEY], usage, /a whole number from 1/],
  ];
  for (const [what, args, code, words] of wrong)
    it(`refuses ${what}`, async (t) => {
      const said: string[] = [];
      t.mock.method(process.stderr, 'write', (text: string) => said.push(text));
      assert.equal(await main(['conform', ...args]), code);
      t.mock.restoreAll();
      assert.match(said.join(''), words);
    });
});

describe('muster conform --role worker', () => {
  it('ends with 1 for a worker that never does what it has to do by itself', async (t) => {
    const port = await freePort();
    const worker = new ScriptedWorker(port, { isIdle: true });
    t.after(() => worker.stop());
    worker.start();
    const only = ['--only', 'conform-worker-keepalive', '--idle-timeout', '1'];
    const where = ['--port', `${port}`, '--key', KEY, '--no-tls'];
    const { code, stdout } = await runMuster(['conform', '--role', 'worker', ...where, ...only]);
    assert.match(stdout, /^departs: conform-worker-keepalive: hear\.echo-c/m);
    assert.match(stdout, /expected: the request echo-c\n {2}got: {6}nothing within 1 s/);
    assert.match(stdout, /^1 of 1 paths depart from the model\.$/m);
    assert.equal(code, failed);
  });
});
