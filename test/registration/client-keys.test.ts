import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { addClientKeys, readClientKeys, removeClientKeys } from '../../src/registration/client-keys.ts';
import { keyLine } from '../../src/registration/key-lines.ts';
import { KeyRegistry } from '../../src/registration/key-registry.ts';
import { keyOf, RegistryHome } from './registry-home.ts';

const line = (id: string, name: string, ip = 'any') => `${id} ${name} ${ip} ${keyOf('a')}\n`;
const any = (...names: string[]) => names.map((name) => ({ name, ip: 'any' }));
const idsOf = (agents: readonly { id: number }[] | undefined) => agents?.map(({ id }) => id);

describe('reading client.keys', () => {
  it('gives agents in the order of the file, and apart from them those that were removed', () => {
    using home = new RegistryHome(
      line('002', 'web-02', '10.0.0.0/8') +
        line('001', '!gone') +
        line('0003', '#old') +
        line('12345', 'ü', '::1'),
    );
    assert.deepEqual(readClientKeys(home.path), {
      agents: [
        { id: 2, name: 'web-02', ip: '10.0.0.0/8', key: keyOf('a') },
        { id: 12_345, name: 'ü', ip: '::1', key: keyOf('a') },
      ],
      removed: [
        { id: 1, name: 'gone', ip: 'any', key: keyOf('a') },
        { id: 3, name: 'old', ip: 'any', key: keyOf('a') },
      ],
      errors: [],
    });
  });

  it('takes the key to the end of the line, and a last line without an end', () => {
    using home = new RegistryHome('001 a1 any a key of words');
    assert.equal(readClientKeys(home.path)?.agents[0]?.key, 'a key of words');
  });

  it('says nothing of comments, and names the lines that cannot be read', () => {
    const wrong = [
      'garbage',
      '01 short any k',
      '000 manager any k',
      '100000000 far any k',
      '001 again any k',
      '002 a2 10.0.0.256 k',
      '002 a2 10.0.0.0/33 k',
      '002 a2 any',
      '002  a2 any k',
      '002 !! any k',
      `002 a2 any ${'k'.repeat(128)}`,
      '002 a2 any k\r',
    ];
    using home = new RegistryHome(`# comment\n ignored\n\n${line('001', 'a1')}${wrong.join('\n')}\n`);
    const { agents, errors } = readClientKeys(home.path) ?? {};
    assert.deepEqual(idsOf(agents), [1]);
    assert.deepEqual(
      errors?.map(({ line }) => line),
      wrong.map((_, index) => index + 5),
    );
    assert.match(errors?.[4]?.complaint ?? '', /earlier line/);
  });

  it('is null where there is no file: that is not the same as a file without agents', () => {
    using home = new RegistryHome();
    assert.equal(readClientKeys(home.path), null);
    using empty = new RegistryHome('');
    assert.deepEqual(readClientKeys(empty.path), { agents: [], removed: [], errors: [] });
  });

  it('refuses a file that is larger than any registry, and one that is none', () => {
    using home = new RegistryHome('');
    truncateSync(home.file, 67_108_865);
    assert.throws(() => readClientKeys(home.path), { code: 3113 });
    rmSync(`${home.path}/etc`, { recursive: true });
    assert.throws(() => addClientKeys(home.path, any('a1')), { code: 3119 });
  });
});

describe('registering agents', () => {
  it('makes the file, for owner and group alone, and keys of 64 digits that differ', () => {
    using home = new RegistryHome();
    const [a, b] = addClientKeys(home.path, [
      { name: 'a1', ip: 'any' },
      { name: 'a2', ip: '10.0.0.5' },
    ]);
    assert.ok(a && b);
    assert.equal(home.text, `001 a1 any ${a.key}\n002 a2 10.0.0.5 ${b.key}\n`);
    assert.equal(home.mode, 0o640);
    assert.match(a.key, /^[0-9a-f]{64}$/);
    assert.notEqual(a.key, b.key);
    assert.deepEqual(readClientKeys(home.path)?.agents, [a, b]);
    assert.deepEqual(home.names, ['client.keys']);
  });

  it('leaves everything as it was that it did not write: comments, lines that nobody can read, bytes', () => {
    const before = Buffer.concat([
      Buffer.from(`# by hand\n\n${line('0001', 'a1')}005 broken\n${line('002', '!gone')}`),
      Buffer.from([0x30, 0x30, 0x37, 0x20, 0xff, 0xfe, 0x0a]),
    ]);
    using home = new RegistryHome(before);
    chmodSync(home.file, 0o600);
    const [added] = addClientKeys(home.path, any('b1'));
    // 7 is the highest id that stands there, although its line cannot be read.
    assert.equal(added?.id, 8);
    const gone = Buffer.from(line('002', '!gone'));
    const kept = Buffer.concat([
      before.subarray(0, before.indexOf(gone)),
      before.subarray(before.indexOf(gone) + gone.length),
    ]);
    assert.deepEqual(
      readFileSync(home.file),
      Buffer.concat([kept, Buffer.from(`008 b1 any ${added.key}\n`), gone]),
    );
    assert.equal(home.mode, 0o640);
  });

  it('leaves the file to its owner when root writes it', (t) => {
    if (process.getuid?.() !== 0) return t.skip('only root can write for others');
    using home = new RegistryHome('');
    const nobody = 65_534;
    chownSync(home.file, nobody, nobody);
    addClientKeys(home.path, any('a1'));
    const { uid, gid } = statSync(home.file);
    assert.deepEqual([uid, gid], [nobody, nobody]);
  });

  it('uses no id again, not even the highest when its agent is gone', () => {
    using home = new RegistryHome();
    assert.deepEqual(idsOf(addClientKeys(home.path, any('a1', 'a2'))), [1, 2]);
    removeClientKeys(home.path, [2]);
    assert.deepEqual(idsOf(addClientKeys(home.path, any('a2'))), [3]);
    assert.throws(() => addClientKeys(home.path, [{ name: 'a4', ip: 'any', id: 2 }]), { code: 1708 });
  });

  it('takes an id that is wanted and free, and goes on above it', () => {
    using home = new RegistryHome();
    const added = addClientKeys(home.path, [{ name: 'a1', ip: 'any', id: 1_500 }, ...any('a2')]);
    assert.deepEqual(idsOf(added), [1_500, 1_501]);
    assert.match(home.text, /^1500 a1 any /);
  });

  it('goes on where there is room when the last ids are taken, and refuses only when none is left', () => {
    const idAfter = (...ids: number[]) =>
      new KeyRegistry(ids.map((id) => keyLine({ id, name: `a${id}`, ip: 'any', key: keyOf('a') }))).nextId;
    const LAST = 99_999_999;
    assert.equal(idAfter(LAST), 1);
    assert.equal(idAfter(LAST, 5), 6);
    assert.equal(idAfter(3, LAST - 2), LAST - 1, 'one that is free above all others is the next');
    assert.equal(idAfter(3, LAST - 1, LAST), 4);
    assert.equal(idAfter(LAST, 3, 4, LAST - 1, 7), 8);
    assert.equal(idAfter(LAST - 1, LAST), 1);
  });

  it('takes each name, address and id once, in the file and among the new ones; nothing is written then', () => {
    using home = new RegistryHome(
      line('001', 'a1', '10.0.0.1') + line('002', 'a2', '2001:db8::1') + line('003', '!free', '10.0.0.3'),
    );
    const before = home.text;
    const refuses = (code: number, ...agents: { name: string; ip: string; id?: number }[]) => {
      assert.throws(() => addClientKeys(home.path, [...any('good'), ...agents]), { code });
      assert.equal(home.text, before);
    };
    refuses(1705, { name: 'a1', ip: 'any' });
    refuses(1705, { name: hostname(), ip: 'any' });
    refuses(1705, { name: 'good', ip: 'any' });
    refuses(1706, { name: 'b1', ip: '10.0.0.1' });
    refuses(1706, { name: 'b1', ip: '2001:0db8:0:0:0:0:0:1' });
    refuses(1706, { name: 'b1', ip: '10.0.0.9' }, { name: 'b2', ip: '10.0.0.9' });
    refuses(1708, { name: 'b1', ip: 'any', id: 1 });
    refuses(1708, { name: 'b1', ip: 'any', id: 3 });
    // Name and address of an agent that is gone are free.
    assert.deepEqual(idsOf(addClientKeys(home.path, [{ name: 'free', ip: '10.0.0.3' }])), [4]);
  });

  it('refuses what would corrupt the file or is no name, address or id', () => {
    using home = new RegistryHome();
    for (const [name, ip, id] of [
      ['a', 'any'],
      ['a'.repeat(129), 'any'],
      ['two words', 'any'],
      ['line\nfeed', 'any'],
      ['!a1', 'any'],
      ['#a1', 'any'],
      ['ünicode', 'any'],
      ['a1', 'all'],
      ['a1', ''],
      ['a1', '10.0.0.1/33'],
      ['a1', '10.0.0.1/8/8'],
      ['a1', 'fe80::1%eth0'],
      ['a1', 'any', 0],
      ['a1', 'any', 1.5],
      ['a1', 'any', 100_000_000],
    ] as const) {
      assert.throws(() => addClientKeys(home.path, [{ name, ip, ...(id !== undefined && { id }) }]), {
        code: 3210,
      });
    }
    assert.equal(readClientKeys(home.path), null);
  });

  it('adds 50,000 at once', () => {
    using home = new RegistryHome(line('001', 'a1'));
    const agents = Array.from({ length: 50_000 }, (_, index) => ({ name: `agent-${index}`, ip: 'any' }));
    const added = addClientKeys(home.path, agents);
    assert.equal(added.at(-1)?.id, 50_001);
    assert.equal(new Set(added.map(({ key }) => key)).size, 50_000);
    assert.equal(readClientKeys(home.path)?.agents.length, 50_001);
  });
});

describe('removing agents', () => {
  it('marks them, moves them to the end, and tells who was there', () => {
    using home = new RegistryHome(line('001', 'a1') + line('0002', 'a2') + line('003', '!a3'));
    assert.deepEqual(idsOf(removeClientKeys(home.path, [1, 3, 9])), [1]);
    assert.equal(home.text, line('0002', 'a2') + line('001', '!a1') + line('003', '!a3'));
    assert.deepEqual(removeClientKeys(home.path, [1]), []);
  });

  it('makes no file where there is none', () => {
    using home = new RegistryHome();
    assert.deepEqual(removeClientKeys(home.path, [1]), []);
    assert.deepEqual(home.names, []);
  });
});
