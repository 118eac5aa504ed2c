import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { it } from 'node:test';
import { addAgents } from '../agents/fixture.ts';
import { code, MethodsHome } from './fixture.ts';

it('a group is made with its configuration, listed with its sums and agents, changed and removed', async () => {
  await using home = await MethodsHome.make();
  await addAgents(home.store, 2);
  await home.call('groups.add', { name: 'web' });
  await home.call('agents.assign_group', { agents: ['001'], group: 'web' });
  assert.match(home.read('etc/shared/web/agent.conf') ?? '', /<agent_config>/);
  await assert.rejects(home.call('groups.add', { name: 'web' }), code(1711));
  const content = '<agent_config>\n  <labels/>\n</agent_config>\n';
  await home.call('groups.configuration_put', { group: 'web', content });
  home.write('etc/shared/web/merged.mg', 'merged');
  const { items, failed } = await home.call('groups.list', { groups: ['web', 'nowhere'] });
  assert.equal(items[0]?.count, 1);
  assert.equal(items[0]?.mergedSum, createHash('md5').update('merged').digest('hex'));
  assert.deepEqual(failed, [{ error: { code: 1710, detail: null }, ids: ['nowhere'] }]);
  const files = await home.call('groups.files', { group: 'web', sort: 'filename' });
  assert.deepEqual(
    files.items.map(({ filename }) => filename),
    ['agent.conf', 'merged.mg'],
  );
  assert.equal(files.items[1]?.hash, items[0]?.mergedSum);
  const read = await home.call('groups.file_get', { group: 'web', filename: 'agent.conf' });
  assert.equal(read.content, content);
  const agents = await home.call('groups.agents', { group: 'web', select: ['id'] });
  assert.deepEqual(agents.items, [{ id: '001' }]);
  const removed = await home.call('groups.remove', { groups: ['web', 'default', 'nowhere', '..'] });
  assert.deepEqual(removed.items, ['web']);
  assert.deepEqual(
    removed.failed.map(({ error, ids }) => [error.code, ids]),
    [
      [1712, ['default']],
      [1710, ['nowhere']],
      [1722, ['..']],
    ],
  );
  assert.ok(!existsSync(home.path('etc/shared/web')));
  const [agent] = (await home.call('agents.list', { agents: ['001'] })).items;
  assert.deepEqual(agent?.group, ['default'], 'nobody is without a group');
  assert.equal(home.rounds, 3);
});

it('a number is not compared with a word: 1407', async () => {
  await using home = await MethodsHome.make();
  for (const q of ['count>abc', 'count<abc', 'count=', 'name=web,count!=x']) {
    await assert.rejects(home.call('groups.list', { q }), code(1407), q);
  }
  const listed = async (q: string) => (await home.call('groups.list', { q })).totalItems;
  assert.deepEqual(
    await Promise.all(['count<7', 'count>7', 'count!=null', 'count~0', 'name>abc'].map(listed)),
    [1, 0, 1, 1, 1],
  );
});

it('names that no group can have, configurations that are no XML, and files outside are refused', async () => {
  await using home = await MethodsHome.make();
  await home.call('groups.add', { name: 'web' });
  for (const name of ['..', 'a/b', 'no spaces', '', 'a'.repeat(256)]) {
    await assert.rejects(home.call('groups.add', { name }), code(1722), name);
  }
  const put = { group: 'web', content: '<agent_config>' };
  await assert.rejects(home.call('groups.configuration_put', put), code(1113));
  assert.match(home.read('etc/shared/web/agent.conf') ?? '', /<\/agent_config>/, 'the old one stays');
  await assert.rejects(home.call('groups.configuration_put', { ...put, group: 'nowhere' }), code(1710));
  home.write('etc/shared/default/other.conf', 'of another group');
  symlinkSync(home.path('etc/client.keys'), home.path('etc/shared/web/keys'));
  for (const filename of ['../default/other.conf', '../../client.keys', '/etc/passwd', 'keys']) {
    await assert.rejects(home.call('groups.file_get', { group: 'web', filename }), code(3114), filename);
  }
  await assert.rejects(home.call('groups.file_get', { group: 'web', filename: 'none' }), code(1906));
  await assert.rejects(home.call('groups.files', { group: 'nowhere' }), code(1710));
});

it('a group that is a link is not removed with what it leads to', async () => {
  await using home = await MethodsHome.make();
  mkdirSync(home.path('elsewhere'));
  symlinkSync(home.path('elsewhere'), home.path('etc/shared/linked'));
  await home.store.insertGroup('linked');
  const { failed } = await home.call('groups.remove', { groups: ['linked'] });
  assert.equal(failed[0]?.error.code, 3114);
  assert.ok(existsSync(home.path('elsewhere')));
});

it('a group that root makes belongs to whom the directory of groups belongs, as do its files', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can write for others');
  await using home = await MethodsHome.make();
  mkdirSync(home.path('etc/shared'), { recursive: true });
  chownSync(home.path('etc/shared'), 4242, 4243);
  await home.call('groups.add', { name: 'web' });
  for (const path of ['etc/shared/web', 'etc/shared/web/agent.conf']) {
    const { uid, gid } = statSync(home.path(path));
    assert.deepEqual([uid, gid], [4242, 4243], path);
  }
});
