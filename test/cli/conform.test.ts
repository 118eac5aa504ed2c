import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode } from '../../src/cli/exit-code.ts';
import { main } from '../../src/cli/main.ts';

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
    ['patience with a master', ['--patience', '1', '--key', KEY], usage, /--role worker/],
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
