import assert from 'node:assert/strict';
import { readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { MAX_CONTENT_BYTES } from '../../src/requests/limits.ts';
import { testInNamespace } from '../harness/mount-namespace.ts';
import { code, MethodsHome } from './fixture.ts';

const RULES = '<group name="local,">\n  <rule id="100" level="3"><match>a & b</match></rule>\n</group>\n';
const rules = (filename: string) => ({ kind: 'rules', filename }) as const;

it('a file of the ruleset is written, listed, read and deleted; each change begins a round', async () => {
  await using home = await MethodsHome.make();
  const put = await home.call('files.put', { ...rules('a.xml'), content: RULES });
  assert.equal(put.path, 'etc/rules/a.xml');
  assert.equal(home.read('etc/rules/a.xml'), RULES);
  assert.equal(statSync(home.path('etc/rules/a.xml')).mode & 0o777, 0o660, 'the mode that nodes give it');
  home.write('etc/rules/sub/b.xml', RULES);
  home.write('etc/rules/c.swp', 'an editor is at work');
  const { items, totalItems } = await home.call('files.list', { kind: 'rules', sort: '-filename' });
  assert.deepEqual(
    items.map(({ filename }) => filename),
    ['sub/b.xml', 'a.xml'],
  );
  assert.equal(items[0]?.relative_dirname, 'etc/rules/sub');
  assert.equal(totalItems, 2);
  const chosen = await home.call('files.list', {
    kind: 'rules',
    filename: ['a.xml', 'x.xml'],
    select: ['size'],
  });
  assert.deepEqual(chosen.items, [{ size: RULES.length }]);
  assert.deepEqual(chosen.failed, [{ error: { code: 1906, detail: null }, ids: ['x.xml'] }]);
  const { content } = await home.call('files.get', rules('sub/b.xml'));
  assert.equal(content, RULES);
  await home.call('files.delete', rules('a.xml'));
  assert.equal(home.read('etc/rules/a.xml'), null);
  assert.equal(home.rounds, 2);
});

it('files of any name are listed, those with a line feed in it among them', async () => {
  await using home = await MethodsHome.make();
  const name = 'two\nlines.xml';
  home.write(`etc/rules/${name}`, RULES);
  home.write(`etc/shared/default/${name}`, 'x');
  const { items } = await home.call('files.list', { kind: 'rules' });
  assert.deepEqual(
    items.map(({ filename }) => filename),
    [name],
  );
  const ofGroup = await home.call('groups.files', { group: 'default' });
  assert.ok(ofGroup.items.some(({ filename }) => filename === name));
});

it('a list that nobody waits for any more is not made', async () => {
  await using home = await MethodsHome.make();
  home.write('etc/rules/a.xml', RULES);
  home.write('etc/shared/default/agent.conf', 'x');
  const nobody = AbortSignal.abort();
  await assert.rejects(home.call('files.list', { kind: 'rules' }, nobody), code(3120));
  await assert.rejects(home.call('groups.files', { group: 'default' }, nobody), code(3120));
});

it('a file comes out as it is, or not at all: what is no UTF-8 would be another one', async () => {
  await using home = await MethodsHome.make();
  const latin = Buffer.from('<group name="a">caf\xe9</group>\n', 'latin1');
  writeFileSync(home.path('etc/rules/latin.xml'), latin);
  writeFileSync(home.path('etc/shared/default/latin.conf'), latin);
  await assert.rejects(home.call('files.get', rules('latin.xml')), code(3303));
  await assert.rejects(
    home.call('groups.file_get', { group: 'default', filename: 'latin.conf' }),
    code(3303),
  );
  const marked = '\uFEFF<group name="a">café</group>\n';
  home.write('etc/rules/marked.xml', marked);
  const { content } = await home.call('files.get', rules('marked.xml'));
  await home.call('files.put', { ...rules('marked.xml'), content, overwrite: true });
  assert.equal(home.read('etc/rules/marked.xml'), marked, 'its byte order mark, too');
});

it('a file that is there is replaced only with leave, and lists have the form of lists', async () => {
  await using home = await MethodsHome.make();
  const put = { ...rules('a.xml'), content: RULES };
  await home.call('files.put', put);
  await assert.rejects(home.call('files.put', put), code(1905));
  await home.call('files.put', { ...put, content: '<group/>', overwrite: true });
  assert.equal(home.read('etc/rules/a.xml'), '<group/>');
  const list = { kind: 'lists', filename: 'ports' } as const;
  await home.call('files.put', { ...list, content: 'ssh:22\n"fe80::1":host\nempty:\n\n' });
  await assert.rejects(
    home.call('files.put', { ...list, content: 'ssh:22\nhttp\n', overwrite: true }),
    (error: Error) => code(1800)(error) && /line 2/.test(error.message),
  );
});

it('XML that is not well-formed is refused with its line, short or long, and the old file stays', async () => {
  await using home = await MethodsHome.make();
  home.write('etc/rules/a.xml', RULES);
  const bad = ['<group>', `${RULES.repeat(2_000)}<group>`, '</group>', '<a></b>'];
  for (const content of bad) {
    const put = home.call('files.put', { ...rules('a.xml'), content, overwrite: true });
    await assert.rejects(put, (error: Error) => code(1113)(error) && /line \d+/.test(error.message));
  }
  assert.equal(home.read('etc/rules/a.xml'), RULES);
  const long = RULES.repeat(2_000);
  await home.call('files.put', { ...rules('a.xml'), content: long, overwrite: true });
  assert.equal(home.read('etc/rules/a.xml'), long, 'a long one that is well-formed passes');
});

it('paths that climb, names that no node synchronises, and links are refused; nothing outside is touched', async () => {
  await using home = await MethodsHome.make();
  home.write('etc/secret', 'not to be read');
  home.write('elsewhere/a.xml', RULES);
  symlinkSync(home.path('elsewhere'), home.path('etc/rules/link'));
  symlinkSync(home.path('etc/secret'), home.path('etc/rules/secret.xml'));
  const bad = [
    '../secret',
    '../../etc/passwd',
    '/etc/passwd',
    'sub/../../secret',
    './a.xml',
    'a//b.xml',
    'sub\\a.xml',
    'ar.conf',
    'a.swp',
    '.',
    '..',
    'link/a.xml',
    'secret.xml',
  ];
  for (const filename of bad) {
    await assert.rejects(home.call('files.get', rules(filename)), code(3114), `get ${filename}`);
    await assert.rejects(home.call('files.delete', rules(filename)), code(3114), `delete ${filename}`);
    const put = { ...rules(filename), content: RULES, overwrite: true };
    await assert.rejects(home.call('files.put', put), code(3114), `put ${filename}`);
  }
  assert.equal(home.read('etc/secret'), 'not to be read');
  assert.equal(home.read('elsewhere/a.xml'), RULES);
  assert.deepEqual((await home.call('files.list', { kind: 'rules' })).items, [], 'links are no files');
  assert.equal(home.rounds, 0);
});

it('what is not there is told as such, and a file above the limit is neither read nor written', async () => {
  await using home = await MethodsHome.make();
  await assert.rejects(home.call('files.get', rules('x.xml')), code(1906));
  await assert.rejects(home.call('files.delete', rules('x.xml')), code(1906));
  await assert.rejects(home.call('files.put', { ...rules('no/such/x.xml'), content: RULES }), code(1906));
  home.write('etc/rules/large.xml', 'x'.repeat(MAX_CONTENT_BYTES + 1));
  await assert.rejects(home.call('files.get', rules('large.xml')), code(3113));
  // In characters it fits, in bytes it does not.
  const content = `k:${'ü'.repeat(MAX_CONTENT_BYTES / 2)}`;
  await assert.rejects(home.call('files.put', { kind: 'lists', filename: 'large', content }), code(3113));
  assert.deepEqual(readdirSync(home.path('etc/lists')), []);
});

testInNamespace(
  'a disk that is full keeps the old file, leaves nothing beside it, and is named',
  join(import.meta.dirname, 'small-disk.ts'),
);

it('of many who write a file that was not there, one does, and the others are told that it is there now', async () => {
  await using home = await MethodsHome.make();
  const texts = ['<a/>', '<b/>', '<c/>'];
  const puts = texts.map((content) => home.call('files.put', { ...rules('new.xml'), content }));
  const outcomes = await Promise.allSettled(puts);
  const written = texts.filter((_, index) => outcomes[index]?.status === 'fulfilled');
  assert.deepEqual(written, [home.read('etc/rules/new.xml')]);
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  assert.deepEqual(refused, [1905, 1905]);
  assert.deepEqual(readdirSync(home.path('etc/rules')), ['new.xml'], 'nothing is left beside it');
});
