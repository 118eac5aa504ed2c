import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addClientKeys, readClientKeys } from '../../src/registration/client-keys.ts';
import { withRegistryLock } from '../../src/registration/registry-lock.ts';
import { RegistryHome } from './registry-home.ts';

const script = fileURLToPath(new URL('writer-process.ts', import.meta.url));
const writer = (home: RegistryHome, ...args: string[]) => [script, home.path, ...args];
const start = (command: string, args: string[]) =>
  spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });

/** What a process tells, line by line, until it ends. */
async function linesOf(child: ChildProcess, onLine: (count: number) => void = () => {}): Promise<string[]> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
    onLine(text.split('\n').length - 1);
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}

describe('writers of client.keys', { concurrency: true }, () => {
  it('of several processes wait for each other: no agent is lost, no id is given twice', async () => {
    using home = new RegistryHome();
    const writers = ['a', 'b', 'c', 'd'].map((name) =>
      linesOf(start(process.execPath, writer(home, name, '40'))),
    );
    const ids = (await Promise.all(writers)).flat().map(Number);
    assert.deepEqual(
      ids.sort((a, b) => a - b),
      Array.from({ length: 160 }, (_, index) => index + 1),
    );
    const { agents, errors } = readClientKeys(home.path) ?? {};
    assert.equal(agents?.length, 160);
    assert.deepEqual(errors, []);
  });

  it('that are killed leave the file whole, with everything that they had been told is there, and no lock', async () => {
    for (const after of [1, 40, 90]) {
      using home = new RegistryHome();
      const child = start(process.execPath, writer(home, 'a', '100000', '20'));
      const told = await linesOf(child, (count) => {
        if (count >= after) child.kill('SIGKILL');
      });
      const { agents = [], errors } = readClientKeys(home.path) ?? {};
      assert.deepEqual(errors, []);
      assert.equal(agents.length % 20, 0);
      assert.ok(agents.length >= told.length);
      const [next] = addClientKeys(home.path, [{ name: 'next', ip: 'any' }]);
      assert.equal(next?.id, agents.length + 1);
      assert.deepEqual(home.names, ['client.keys']);
    }
  });

  it('that have no room leave the file as it was, and nothing beside it', async () => {
    using home = new RegistryHome();
    addClientKeys(home.path, [{ name: 'a1', ip: 'any' }]);
    const before = home.text;
    // The shell limits the size of files, as a full disk would.
    const limited = [
      '-c',
      'ulimit -f 16; exec "$0" "$@"',
      process.execPath,
      ...writer(home, 'b', '1', '1000'),
    ];
    assert.deepEqual(await linesOf(start('/bin/sh', limited)), ['code 3119']);
    assert.equal(home.text, before);
    assert.deepEqual(home.names, ['client.keys']);
  });

  it('that do not come to their turn are told so', () => {
    using home = new RegistryHome();
    withRegistryLock(home.path, () => {
      assert.throws(() => withRegistryLock(home.path, () => {}, 20), { code: 3211 });
    });
    assert.equal(
      withRegistryLock(home.path, () => 'free again', 20),
      'free again',
    );
  });

  it('find what a writer that died left, and put it away', () => {
    using home = new RegistryHome();
    writeFileSync(`${home.file}.tmp`, '001 half');
    addClientKeys(home.path, [{ name: 'a1', ip: 'any' }]);
    assert.deepEqual(home.names, ['client.keys']);
  });
});
