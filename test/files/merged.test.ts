import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileItem } from '../../src/config/node-config.ts';
import { applyManifest } from '../../src/files/apply.ts';
import { realFileSystem } from '../../src/files/ports.ts';
import { type Contents, filesConfig, Home, stagedIn } from './fixture.ts';
import { hashOf, STAGING } from './round.ts';

const QUEUE = 'queue/agent-groups/';
const MERGED = `${QUEUE}agent-groups.merged`;
const part = (name: string, content: string) =>
  `${content.length} ${name} 2024-01-01 00:00:00+00:00\n${content}`;

const item = (key: string, extraValid: boolean): FileItem => ({
  key,
  permissions: 0o640,
  files: ['all'],
  recursive: true,
  removeSubdirsIfEmpty: false,
  extraValid,
});
const withQueue = { ...filesConfig, items: [...filesConfig.items, item(QUEUE, true)] };

/** Applies new files; returns what stands below `queue/` and `etc/` then. */
function applied(home: Home, files: Contents, config = withQueue, fs = realFileSystem): Contents {
  mkdirSync(join(home.path, STAGING), { recursive: true });
  mkdirSync(join(home.path, 'etc'), { recursive: true });
  const contents = Object.values(files);
  for (const content of contents) writeFileSync(join(home.path, STAGING, hashOf(content)), content);
  const missing = { paths: Object.keys(files), hashes: contents.map(hashOf) };
  const none = { paths: [], hashes: [] };
  const staged = stagedIn(join(home.path, STAGING));
  const order = { home: home.path, config, staging: STAGING, staged, missing, shared: none, extra: [] };
  assert.deepEqual(applyManifest(order, fs).problems, []);
  return { ...home.read('etc'), ...home.read('queue') };
}

test('a merged file arrives in parts where the configuration has a directory for them, with its permissions', () => {
  using home = new Home();
  const merged = `${part('001', 'abc')}${part('002', 'd\n')}${part('003', 'abc')}`;
  assert.deepEqual(applied(home, { [MERGED]: merged, 'etc/rules/a': 'abc' }), {
    'etc/rules/a': 'abc',
    [MERGED]: merged,
    [`${QUEUE}001`]: 'abc',
    [`${QUEUE}002`]: 'd\n',
    [`${QUEUE}003`]: 'abc',
  });
  assert.equal(statSync(join(home.path, QUEUE, '002')).mode & 0o7777, 0o640);
});

const elsewhere: [where: string, path: string, config: typeof withQueue][] = [
  ['in a directory that is for other files', 'etc/shared/agent-groups.merged', withQueue],
  ['of another type than the directory is for', `${QUEUE}agent-info.merged`, withQueue],
  [
    'whose parts the next sync would delete',
    MERGED,
    { ...filesConfig, items: [...filesConfig.items, item(QUEUE, false)] },
  ],
];
for (const [where, path, config] of elsewhere) {
  test(`a merged file ${where} is a plain one: nothing is written beside the configured paths`, () => {
    using home = new Home();
    const files = { [path]: part('001', 'abc') };
    assert.deepEqual(applied(home, files, config), files);
  });
}

const bad: [what: string, content: string][] = [
  ['is malformed', 'no header'],
  ['is malformed behind its first part', `${part('001', 'abc')}no header`],
  ['ends within a part', part('001', 'abc').slice(0, -1)],
  ['has a part whose name is a path', `${part('001', 'abc')}${part('../../etc/ossec.conf', 'x')}`],
  ['has a part whose name is excluded', `${part('001', 'abc')}${part('ar.conf', 'x')}`],
];
for (const [what, content] of bad) {
  test(`a file that is called a merged one and ${what} is a plain one, and does not hold up the others`, () => {
    using home = new Home();
    const files = { [MERGED]: content, 'etc/rules/a': 'a' };
    assert.deepEqual(applied(home, files), files);
  });
}

test('a disk that is full before all parts are staged keeps the whole set out', () => {
  using home = new Home();
  const full = {
    ...realFileSystem,
    create: () => {
      throw Object.assign(new Error('ENOSPC: no'), { code: 'ENOSPC' });
    },
  };
  const files = { [MERGED]: part('001', 'abc'), 'etc/rules/a': 'a' };
  assert.throws(() => applied(home, files, withQueue, full), { code: 3119, message: /agent-groups\/001/ });
  assert.deepEqual(home.read('etc'), {});
});

test('what the set says of a path goes before a part of that name', () => {
  using home = new Home();
  const files = { [MERGED]: part('001', 'part'), [`${QUEUE}001`]: 'file' };
  assert.deepEqual(applied(home, files), files);
});
