import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentStore } from '../../src/agents/store.ts';
import { addAgents, addGroups, infoOf, LONG_AGO_S, subjects, textOf } from './fixture.ts';

/** The original carries out anything. */
const REFUSED_STATEMENTS = [
  'drop table agent',
  'insert into info values (1, 2)',
  'pragma foreign_keys = off',
  "attach 'x' as y",
  'with x as (select 1) delete from agent',
  'vacuum',
  'begin',
  'select 1; delete from agent',
  'select 1 /* ; */',
  'select 1 -- x',
];

/** Requests and answers as the reference has them; `differences.test.ts` has what is not alike. */
for (const { name, make, skip } of subjects) {
  describe(`requests to ${name}`, { concurrency: true, skip }, () => {
    const converse = (store: AgentStore) => ({
      ask: async (request: string) => textOf(await store.query(request)),
      check: async (request: string, answer: string) =>
        assert.equal(textOf(await store.query(request)), answer, request),
    });

    it('register, change and remove agents', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      await check('global get-all-agents last_id -1', 'ok [{"id":0}]');
      const agent = `{"id":1,"name":"a1","ip":"10.0.0.5","register_ip":"any","internal_key":"k","date_add":${LONG_AGO_S}}`;
      await check(`global insert-agent ${agent}`, 'ok');
      assert.match(
        await ask(`global insert-agent ${agent}`),
        /^err Cannot execute Global database query; UNIQUE /,
      );
      await check(
        'global insert-agent {"id":2,"name":"a2"}',
        `err Invalid JSON data, near '{"id":2,"name":"a2"}'`,
      );
      await check('global insert-agent {"id":2', `err Invalid JSON syntax, near '{"id":2'`);
      await check('global select-agent-name 1', 'ok [{"name":"a1"}]');
      await check('global select-agent-name 9', 'ok []');
      await check('global select-agent-group 1', 'ok [{}]');
      await check('global select-agent-group 9', 'ok []');
      await check('global find-agent {"name":"a1","ip":"any"}', 'ok [{"id":1}]');
      await check('global find-agent {"name":"a1","ip":"other"}', 'ok []');
      await check('global update-agent-name {"id":1,"name":"x"}', 'ok');
      await check('global select-agent-name 1', 'ok [{"name":"x"}]');
      await check('global delete-agent 1', 'ok');
      await check('global delete-agent 1', 'ok');
      await check('global get-all-agents last_id 0', 'ok []');
    });

    it('find agents by an address with a mask', async () => {
      await using subject = await make();
      const { check } = converse(subject.store);
      await subject.store.insertAgent({ id: 1, name: 'a1', registerIp: '10.0.0.5/32', dateAddS: LONG_AGO_S });
      await check('global find-agent {"name":"a1","ip":"10.0.0.5"}', 'ok [{"id":1}]');
      await check('global find-agent {"name":"a1","ip":"10.0.0.50"}', 'ok []');
    });

    it('tell all columns of an agent that are not NULL, in the order of the table', async () => {
      await using subject = await make();
      const { check } = converse(subject.store);
      await check(`global insert-agent {"id":1,"name":"a1","group":"g","date_add":${LONG_AGO_S}}`, 'ok');
      await check(
        'global get-agent-info 1',
        `ok [{"id":1,"name":"a1","node_name":"unknown","date_add":${LONG_AGO_S},"group":"g","group_sync_status":"synced","sync_status":"synced","connection_status":"never_connected","disconnection_time":0,"group_config_status":"not synced","status_code":0}]`,
      );
      await check('global get-agent-info 7', 'ok []');
    });

    it('take what agents report, and mark it', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      await addAgents(subject.store, 1);
      await check(
        'global update-agent-data {"id":1,"os_name":"Ubuntu","version":"Wazuh v4.7.5","agent_ip":"10.0.0.9","connection_status":"active","group_config_status":"synced","sync_status":"syncreq","labels":"\\"_node\\":w:1\\nkey:value"}',
        'ok',
      );
      await check(
        'global get-labels 1',
        'ok [{"id":1,"key":"\\"_node\\"","value":"w:1"},{"id":1,"key":"key","value":"value"}]',
      );
      const keepalive = /"last_keepalive":\d{10},/;
      const read = await ask('global sync-agent-info-get {}');
      assert.match(read, keepalive);
      assert.equal(
        read.replace(keepalive, ''),
        'ok [{"id":1,"name":"a1","ip":"10.0.0.9","os_name":"Ubuntu","version":"Wazuh v4.7.5","connection_status":"active","disconnection_time":0,"group_config_status":"synced","status_code":0,"labels":[{"id":1,"key":"\\"_node\\"","value":"w:1"},{"id":1,"key":"key","value":"value"}]}]',
      );
      await check('global sync-agent-info-get {}', 'ok []');
      assert.match(
        await ask('global update-agent-data {"id":1,"sync_status":"syncreq"}'),
        /^err Cannot execute Global database query; NOT NULL constraint failed: agent\.connection_status/,
      );
    });

    it('write what another node told, whole rows at a time', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      await addAgents(subject.store, 2);
      const whole = infoOf(1, { labels: [{ id: 1, key: 'k', value: 'v' }] });
      const bare = { id: 2, name: 'b', connection_status: 'pending', group_config_status: 'synced' };
      await check(`global sync-agent-info-set ${JSON.stringify([whole, infoOf(99), bare])}`, 'ok');
      await check('global get-labels 1', 'ok [{"id":1,"key":"k","value":"v"}]');
      assert.match(await ask('global get-agent-info 1'), /"node_name":"worker1"/);
      // What is absent becomes NULL.
      assert.doesNotMatch(await ask('global get-agent-info 2'), /node_name|last_keepalive|status_code/);
      const faulty = { id: 1, name: 'c', group_config_status: 'synced' };
      const after = { ...bare, name: 'never' };
      assert.match(
        await ask(
          `global sync-agent-info-set ${JSON.stringify([{ ...bare, name: 'before' }, faulty, after])}`,
        ),
        /^err Cannot execute Global database query; NOT NULL/,
      );
      await check('global select-agent-name 2', 'ok [{"name":"before"}]');
      await check('global get-labels 1', 'ok [{"id":1,"key":"k","value":"v"}]');
      await check('global sync-agent-info-set []', 'ok');
      await check('global sync-agent-info-set [', "err Invalid JSON syntax, near '['");
    });

    it('change the connection of agents', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      await addAgents(subject.store, 3);
      await check(
        'global update-keepalive {"id":1,"connection_status":"active","sync_status":"syncreq"}',
        'ok',
      );
      await check(
        'global update-keepalive {"id":1,"connection_status":"active"}',
        `err Invalid JSON data, near '{"id":1,"connection_status":"act'`,
      );
      await check(
        'global update-connection-status {"id":2,"connection_status":"disconnected","sync_status":"synced","status_code":3}',
        'ok',
      );
      assert.match(await ask('global get-agent-info 2'), /"disconnection_time":\d{10},.*"status_code":3/);
      await check(
        'global update-status-code {"id":3,"status_code":1,"version":"v","sync_status":"synced"}',
        'ok',
      );
      assert.match(await ask('global get-agent-info 3'), /"version":"v".*"status_code":1/);
      await check('global get-agents-by-connection-status 0 active', 'ok [{"id":1}]');
      await check('global get-agents-by-connection-status 0 active unknown 5', 'ok [{"id":1}]');
      await check('global get-agents-by-connection-status 0 active other 5', 'ok []');
      await check('global reset-agents-connection syncreq', 'ok');
      await check('global get-agents-by-connection-status -1 active', 'ok [{"id":0}]');
      assert.match(
        await ask('global get-agent-info 1'),
        /"connection_status":"disconnected".*"status_code":5/,
      );
      assert.match(await ask('global get-agent-info 3'), /"connection_status":"never_connected"/);
    });

    it('disconnect the agents that are silent', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      await addAgents(subject.store, 3);
      const chunk = [infoOf(1), infoOf(2, { last_keepalive: LONG_AGO_S + 100 }), infoOf(3)];
      await check(`global sync-agent-info-set ${JSON.stringify(chunk)}`, 'ok');
      await check(`global disconnect-agents 0 ${LONG_AGO_S + 50} syncreq`, 'ok [{"id":1},{"id":3}]');
      await check(`global disconnect-agents 0 ${LONG_AGO_S + 50} syncreq`, 'ok []');
      assert.match(await ask('global get-agent-info 1'), /"sync_status":"syncreq".*"status_code":4/);
    });

    it('keep groups', async () => {
      await using subject = await make();
      const { check } = converse(subject.store);
      await addAgents(subject.store, 2);
      await check('global insert-agent-group default', 'ok');
      await check('global insert-agent-group default', 'err Error inserting group in global.db.');
      for (const bad of ['a b', '.', '..', 'ä', 'x'.repeat(256)]) {
        await check(`global insert-agent-group ${bad}`, 'err Error inserting group in global.db.');
      }
      await check(`global insert-agent-group ${'x'.repeat(255)}`, 'ok');
      await check('global insert-agent-group web', 'ok');
      await check('global find-group web', 'ok [{"id":3}]');
      await check('global find-group none', 'ok []');
      await check('global delete-group none', 'ok');
      await check(`global delete-group ${'x'.repeat(255)}`, 'ok');
      await check('global select-groups', 'ok [{"name":"default"},{"name":"web"}]');
      await check(
        'global set-agent-groups {"mode":"override","sync_status":"synced","data":[{"id":1,"groups":["default","web"]},{"id":2,"groups":["web"]}]}',
        'ok',
      );
      await check('global select-group-belong 1', 'ok ["default","web"]');
      await check('global select-agent-group 1', 'ok [{"group":"default,web"}]');
      await check('global get-group-agents web last_id 0', 'ok [1,2]');
      await check('global get-group-agents web last_id 1', 'ok [2]');
      await check('global get-group-agents none last_id 0', 'ok []');
      await check(
        'global get-distinct-groups',
        'ok [{"group":"web","group_hash":"4b5e57f6"},{"group":"default,web","group_hash":"5288d400"}]',
      );
      await check(
        'global get-distinct-groups 4b5e57f6',
        'ok [{"group":"default,web","group_hash":"5288d400"}]',
      );
      await check('global delete-group web', 'ok');
      await check('global select-group-belong 2', 'ok ["default"]');
      await check(
        'global sync-agent-groups-get {"condition": "sync_status"}',
        'ok [{"data":[{"id":1,"groups":["default"]},{"id":2,"groups":["default"]}]}]',
      );
    });

    it('answer nonsense with the words of the original', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      const nonsense = 'x'.repeat(40);
      await check('global', "err Invalid DB query syntax, near 'global'");
      await check('global get-all-agents', "err Invalid DB query syntax, near 'get-all-agents'");
      await check(`global ${nonsense}`, `err Invalid DB query syntax, near '${'x'.repeat(32)}'`);
      await check('global __proto__ x', "err Invalid DB query syntax, near '__proto__'");
      await check('global constructor x', "err Invalid DB query syntax, near 'constructor'");
      await check(`${nonsense} y`, `err Invalid DB query actor: '${'x'.repeat(32)}'`);
      await check('agent 001 sql select 1', 'err Agent not found');
      await check('agent x sql select 1', "err Invalid agent ID 'x'");
      await check('mitre sql select 1', "err Couldn't open DB mitre");
      await check(' \n global get-all-agents last_id -1', 'ok [{"id":0}]');
      await check('global get-all-agents last_id -1\n', 'ok [{"id":0}]\n');
      // What begins with a brace is answered without a status, which is no answer to a node.
      await assert.rejects(ask('{"command":"getstats"}'), { code: 2007 });
    });

    it('carry out one statement, and the embedded store no other kind', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      await addAgents(subject.store, 2);
      await check(
        'global sql select id, name from agent where id > 0',
        'ok [{"id":1,"name":"a1"},{"id":2,"name":"a2"}]',
      );
      await check("global sql update agent set name = 'x;y--' where id = 1", 'ok []');
      await check('global sql SELECT name, ip FROM agent WHERE id = 1;', 'ok [{"name":"x;y--"}]');
      await check('global sql delete from agent where id = 2', 'ok []');
      for (const bad of subject.isOriginal ? [] : REFUSED_STATEMENTS) {
        assert.match(await ask(`global sql ${bad}`), /^err Invalid DB query syntax, near '/, bad);
      }
      assert.match(
        await ask('global sql select nowhere from agent'),
        /^err Cannot execute .*no such column: nowhere/,
      );
      await check('global get-all-agents last_id -1', 'ok [{"id":0},{"id":1}]');
    });

    it('look after the database', async () => {
      await using subject = await make();
      const { check, ask } = converse(subject.store);
      assert.match(await ask('global vacuum'), /^ok \{"fragmentation_after_vacuum":\d+\}$/);
      assert.match(
        await ask('global get_fragmentation'),
        /^ok \{"fragmentation":\d+,"free_pages_percentage":\d+\}$/,
      );
      assert.match(await ask('global sleep 0'), /^ok/);
      await check('wazuhdb remove 001', `ok {"agents":{"001":"Can't delete"}}`);
    });

    it('are answered in their order, and as many as there are', async () => {
      await using subject = await make();
      await addGroups(subject.store, ...Array.from({ length: 50 }, (_, index) => `g${index}`));
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, index) => subject.store.findGroup(`g${index % 50}`)),
      );
      assert.deepEqual(
        answers,
        Array.from({ length: 500 }, (_, index) => (index % 50) + 1),
      );
    });
  });
}
