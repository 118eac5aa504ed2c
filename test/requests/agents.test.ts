import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AGENT_FIELDS, type AgentColumn } from '../../src/agents/agent-query.ts';
import { MAX_SHOWN_CHARS } from '../../src/agents/limits.ts';
import type { AgentStore } from '../../src/agents/store.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_TEXT_CHARS } from '../../src/protocol/limits.ts';
import { agentItemOf, agentQuery } from '../../src/requests/agent-list.ts';
import { MAX_REQUEST_AGENTS } from '../../src/requests/limits.ts';
import type { MethodArgs } from '../../src/requests/methods.ts';
import { addAgents, addGroups, infoOf, LONG_AGO_S, subjects } from '../agents/fixture.ts';
import { code, MethodsHome } from './fixture.ts';

type ListArgs = MethodArgs<'agents.list'>;

/** Five agents: a1 to a3 have reported, a4 and a5 never connected; web has a1 and a2, db has a2. */
async function fill(store: AgentStore): Promise<void> {
  await addAgents(store, 5);
  await addGroups(store, 'web', 'db');
  const rows = [
    infoOf(1, {
      os_platform: 'ubuntu',
      node_name: 'worker1',
      connection_status: 'active',
      version: 'Wazuh v4.7.5',
    }),
    infoOf(2, {
      os_platform: 'debian',
      os_name: 'Debian',
      node_name: 'worker2',
      connection_status: 'disconnected',
      ip: '10.0.0.6',
    }),
    infoOf(3, {
      os_platform: 'Ubuntu',
      node_name: 'worker1',
      connection_status: 'active',
      os_uname: '50%_done',
    }),
  ];
  await store.writeAgentInfo(JSON.stringify(rows));
  await store.setAgentGroups({
    mode: 'override',
    syncStatus: 'synced',
    agents: [
      { id: 1, groups: ['web'] },
      { id: 2, groups: ['web', 'db'] },
    ],
  });
}

const NOW_S = LONG_AGO_S + 1_000;

async function listed(store: AgentStore, args: ListArgs): Promise<string> {
  const { rows, total } = await store.findAgents(
    agentQuery(args, [{ column: 'id', comparison: '>', value: 0 }], NOW_S),
  );
  return `${rows.map((row) => agentItemOf(row).id).join(' ')} of ${total}`;
}

/** What is asked, and which agents of how many are answered. */
const questions: readonly (readonly [ListArgs, string])[] = [
  [{}, '001 002 003 004 005 of 5'],
  [{ limit: 2 }, '001 002 of 5'],
  [{ limit: 2, offset: 4 }, '005 of 5'],
  [{ offset: 9 }, ' of 5'],
  [{ sort: '-id', limit: 2 }, '005 004 of 5'],
  [{ sort: '-status,+name', limit: 3 }, '004 005 002 of 5'],
  [{ status: ['active'] }, '001 003 of 2'],
  [{ status: ['active', 'disconnected'] }, '001 002 003 of 3'],
  [{ name: 'A2' }, '002 of 1'],
  [{ ip: '10.0.0.6' }, '002 of 1'],
  [{ node_name: 'worker1' }, '001 003 of 2'],
  [{ 'os.platform': 'ubuntu' }, '001 003 of 2'],
  [{ group: 'web' }, '001 002 of 2'],
  [{ group: 'nowhere' }, ' of 0'],
  [{ older_than: '500s' }, '001 002 003 004 005 of 5'],
  [{ older_than: '1h' }, ' of 0'],
  [{ search: 'UBUNTU' }, '001 003 of 2'],
  [{ search: '-ubuntu' }, '002 004 005 of 3'],
  [{ search: '50%_' }, '003 of 1'],
  [{ search: '%' }, '003 of 1'],
  [{ search: "' or 1=1 --" }, ' of 0'],
  [{ name: "a1' or '1'='1" }, ' of 0'],
  [{ name: 'a?' }, ' of 0'],
  [{ q: 'id=2' }, '002 of 1'],
  [{ q: 'id=002' }, '002 of 1'],
  [{ q: 'id>1;id<4' }, '002 003 of 2'],
  [{ q: 'name=a1,name=a5' }, '001 005 of 2'],
  [{ q: 'status=active;(os.platform=ubuntu,os.platform=debian)' }, '001 003 of 2'],
  [{ q: 'name=a4,status=active;node_name=worker1;id!=1' }, '003 004 of 2'],
  [{ q: 'os.platform!=ubuntu' }, '002 004 005 of 3'],
  [{ q: 'os.platform=null' }, '004 005 of 2'],
  [{ q: 'os.platform!=null' }, '001 002 003 of 3'],
  [{ q: 'name~3' }, '003 of 1'],
  [{ q: 'group=web' }, '001 002 of 2'],
  [{ q: 'group!=web' }, '003 004 005 of 3'],
  [{ q: 'group=null' }, '003 004 005 of 3'],
  [{ q: 'lastKeepAlive>2001-01-01' }, '001 002 003 of 3'],
  [{ q: 'lastKeepAlive<2001-01-01T00:00:00Z' }, ' of 0'],
];

/** Texts that an agent, or the node to which it reports, tells of it. */
const TOLD_BY_AGENTS = (Object.keys(AGENT_FIELDS) as AgentColumn[]).filter(
  (column) =>
    AGENT_FIELDS[column] === 'text' &&
    !['name', 'group', 'connection_status', 'group_config_status'].includes(column),
);

/** The lowest id of those that are named: of eight digits, so that their list is as long as it may be. */
const FIRST_NAMED = 10_000_000;
const pagesOfNamed: readonly ListArgs[] = [
  {},
  { offset: 100, limit: 50 },
  { offset: 100_000 },
  { sort: '+name', limit: 100 },
  { sort: '-name', select: ['id'], offset: 20 },
  { sort: '-version,dateAdd,-name' },
  { sort: 'version', select: ['name'], q: 'version~1,version=null' },
  { select: ['version'], distinct: true, sort: '-version' },
  { select: ['dateAdd', 'status'], distinct: true },
  { search: 'b' },
];

for (const { name, make, skip } of subjects) {
  describe(`agents are listed, over ${name}`, { skip }, () => {
    it('filters, queries, searches, orders and pages are those of the API', async () => {
      await using subject = await make();
      await fill(subject.store);
      for (const [args, wanted] of questions) {
        assert.equal(await listed(subject.store, args), wanted, JSON.stringify(args));
      }
    });

    it('distinct rows count once, over what is selected', async () => {
      await using subject = await make();
      await fill(subject.store);
      const query = agentQuery(
        { select: ['node_name'], distinct: true, sort: 'node_name', limit: 2 },
        [],
        NOW_S,
      );
      const { rows, total } = await subject.store.findAgents(query);
      assert.equal(total, 3, 'unknown is one of them');
      assert.deepEqual(
        rows.map((row) => row.node_name),
        ['unknown', 'worker1'],
      );
    });

    it('a page that is longer than an answer of the protocol is whole', async () => {
      await using subject = await make();
      await addAgents(subject.store, 900);
      const { rows, total } = await subject.store.findAgents(
        agentQuery({ limit: 800, offset: 50 }, [], NOW_S),
      );
      assert.equal(total, 901);
      assert.deepEqual(
        rows.map(({ id }) => id),
        Array.from({ length: 800 }, (_, index) => 50 + index),
      );
    });

    it('as many agents as a request may name are found as if they were not named', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      const named = Array.from({ length: MAX_REQUEST_AGENTS }, (_, i) => FIRST_NAMED + i);
      const present = named.filter((id) => id % 100 === 0);
      const letters = ['a', 'B', 'b', 'é', '\u{1f600}', '\uff5e', '_'];
      const insert = (id: number, i: number) =>
        store.insertAgent({
          id,
          name: `${letters[i % letters.length]}${id}`,
          dateAddS: LONG_AGO_S + (i % 5),
        });
      await Promise.all(present.map(insert));
      await store.query("global sql update agent set version='V'||(id/100%4) where id/100%3>0");
      const range = [
        { column: 'id', comparison: '>', value: FIRST_NAMED - 1 },
        { column: 'id', comparison: '<', value: FIRST_NAMED + MAX_REQUEST_AGENTS },
      ] as const;
      for (const args of pagesOfNamed) {
        const found = await store.findAgents(agentQuery(args, [{ ids: named }], NOW_S));
        const wanted = await store.findAgents(agentQuery(args, [...range], NOW_S));
        assert.deepEqual(found, wanted, JSON.stringify(args));
        assert.ok(found.total > 0, JSON.stringify(args));
      }
    });

    it('of a long text of an agent comes the beginning, so that every page can be answered', async () => {
      await using subject = await make();
      const { store } = subject;
      await fill(store);
      for (const column of TOLD_BY_AGENTS) {
        const long = column === 'os_name' ? '\u{1f600}'.repeat(10_000) : 'x'.repeat(20_000);
        const { status } = await store.query(
          `global sql update agent set ${column}='${long}' where id in (2,3)`,
        );
        assert.equal(status, 'ok');
      }
      const { rows, total } = await store.findAgents(
        agentQuery({ sort: '-version,name', limit: 3 }, [{ column: 'id', comparison: '>', value: 0 }], NOW_S),
      );
      assert.deepEqual([rows.map(({ id }) => id), total], [[2, 3, 1], 5]);
      for (const column of TOLD_BY_AGENTS) {
        const text = String(rows[0]?.[column]);
        assert.deepEqual([[...text].length, text.slice(-1)], [MAX_SHOWN_CHARS + 1, '…'], column);
        assert.ok(text.length <= MAX_TEXT_CHARS, column);
      }
      const distinct = agentQuery({ select: ['version'], distinct: true }, [{ ids: [1, 2, 3] }], NOW_S);
      assert.equal((await store.findAgents(distinct)).total, 2);
    });

    it('agents are counted by status, and groups by their agents', async () => {
      await using subject = await make();
      await fill(subject.store);
      const counts = await subject.store.countAgents('connection_status');
      assert.deepEqual(Object.fromEntries(counts), { active: 2, disconnected: 1, never_connected: 2 });
      const sizes = (await subject.store.groupSizes()).filter(({ name: group }) => group !== 'default');
      assert.deepEqual(sizes, [
        { name: 'db', agents: 1 },
        { name: 'web', agents: 2 },
      ]);
    });
  });
}

describe('methods of agents', () => {
  it('a list tells what is known, in the names of the API, and which ids are none', async () => {
    await using home = await MethodsHome.make();
    await fill(home.store);
    const result = await home.call('agents.list', { agents: ['002', '999'] });
    assert.equal(result.totalItems, 1);
    assert.deepEqual(result.failed, [{ error: { code: 1701, detail: null }, ids: ['999'] }]);
    const [agent] = result.items;
    assert.equal(agent?.os?.platform, 'debian');
    assert.deepEqual(agent?.group, ['web', 'db']);
    assert.equal(agent?.dateAdd, new Date(LONG_AGO_S * 1000).toISOString());
    const twice = await home.call('syscollector.os', { agents: ['002', '0002', '999', '0999'] });
    assert.deepEqual([twice.items.map(({ agent_id }) => agent_id), twice.failed[0]?.ids], [['002'], ['999']]);
    const selected = await home.call('agents.list', { agents: ['002'], select: ['id', 'os'] });
    assert.deepEqual(Object.keys(selected.items[0] ?? {}), ['id', 'os']);
  });

  const refused: readonly (readonly [ListArgs, number])[] = [
    [{ sort: 'nonsense' }, 1403],
    [{ sort: 'name,,id' }, 1403],
    [{ select: ['internal_key'] }, 1724],
    [{ q: 'internal_key~a' }, 1408],
    [{ q: 'name' }, 1407],
    [{ q: 'name=a;' }, 1407],
    [{ q: '(name=a' }, 1407],
    [{ q: 'name=a)' }, 1407],
    [{ q: 'id=abc' }, 1407],
    [{ q: 'id=' }, 1407],
    [{ q: 'lastKeepAlive<yesterday' }, 1407],
    [{ q: `${'('.repeat(40)}id=1${')'.repeat(40)}` }, 1407],
    [{ q: Array.from({ length: 200 }, () => 'id=1').join(',') }, 1407],
  ];
  it('what cannot be understood of a list is refused with its place, and keys can be neither read nor guessed', async () => {
    await using home = await MethodsHome.make();
    for (const [args, wanted] of refused) {
      await assert.rejects(home.call('agents.list', args), code(wanted), JSON.stringify(args));
    }
  });

  it('no agent makes the list of all fail, whatever it or another program writes of it', async () => {
    await using home = await MethodsHome.make();
    await fill(home.store);
    const told = infoOf(2, { os_uname: `Linux |${'x'.repeat(3_000)}`, node_name: 'y'.repeat(3_000) });
    await home.store.writeAgentInfo(JSON.stringify([{ ...told, last_keepalive: LONG_AGO_S + 1 }]));
    await addAgents(home.store, 1, 123_456_789);
    const { items } = await home.call('agents.list', {});
    assert.deepEqual(
      items.map(({ id }) => id),
      ['000', '001', '002', '003', '004', '005', '123456789'],
    );
    assert.match(items[2]?.os?.uname ?? '', /^Linux \|x+…$/);
    const os = await home.call('syscollector.os', { agents: ['001', '002'] });
    assert.match(os.items[1]?.hostname ?? '', /^x+…$/);
    const members = await home.call('groups.agents', { group: 'web' });
    assert.equal(members.totalItems, 2);
  });

  it('words that are none of the API are not shown', () => {
    const row = { id: -1, connection_status: 'asleep', group_config_status: 'maybe', status_code: 'none' };
    assert.deepEqual(agentItemOf(row), {});
    const known = { id: 7, connection_status: 'active', group_config_status: 'not synced', status_code: 3 };
    assert.deepEqual(agentItemOf(known), {
      id: '007',
      status: 'active',
      group_config_status: 'not synced',
      status_code: 3,
    });
  });

  it('agents are added, told with their key, and removed through the registration', async () => {
    await using home = await MethodsHome.make();
    const added = await home.call('agents.add', { name: 'web-01', ip: '10.0.0.9', groups: ['default'] });
    assert.equal(added.id, '001');
    const refuses = (args: MethodArgs<'agents.add'>, code: number, detail: string) =>
      assert.rejects(home.call('agents.add', args), { code, detail });
    await refuses({ name: 'web-01' }, 1705, 'web-01');
    await refuses({ name: 'web-02', ip: '10.0.0.9' }, 1706, '10.0.0.9');
    await refuses({ name: 'web-02', id: '001' }, 1708, '001');
    await refuses({ name: 'web-02', groups: ['nowhere'] }, 1710, 'nowhere');
    await refuses(
      { name: 'web-02', groups: ['default', 'nowhere'] },
      1710,
      'at least one of default, nowhere',
    );
    await assert.rejects(home.call('agents.add', { name: 'no spaces' }), code(3210));
    await assert.rejects(home.call('agents.add', { name: 'web-02', ip: '300.1.1.1' }), code(3210));
    const replaced = await home.call('agents.add', { name: 'web-01', force: {} });
    assert.notEqual(replaced.id, '001', 'with leave it takes the place of the other, under a new id');
    const keys = await home.call('agents.key', { agents: [replaced.id, '000', '999'] });
    const line = `${replaced.id} web-01 any ${replaced.key}`;
    assert.deepEqual(keys.items, [{ id: replaced.id, key: Buffer.from(line).toString('base64') }]);
    assert.deepEqual(
      keys.failed.map(({ error, ids }) => [error.code, ids]),
      [
        [1701, ['999']],
        [1703, ['000']],
      ],
    );
    const removed = await home.call('agents.remove', { agents: [replaced.id, '999'] });
    assert.deepEqual(removed.items, [replaced.id]);
    assert.deepEqual(removed.failed[0]?.ids, ['999']);
    assert.match(home.read('etc/client.keys') ?? '', new RegExp(`^${replaced.id} !web-01 `, 'm'));
  });

  it('what keeps the registry from being written is told with its own code and path', async () => {
    await using home = await MethodsHome.make();
    home.write('etc/client.keys.tmp/in-the-way', '');
    const isTold = (error: unknown) => {
      assert.ok(error instanceof MusterError);
      assert.equal(error.code, 3119);
      assert.ok(error.detail?.startsWith(`${home.path('etc/client.keys')}: `), error.message);
      return true;
    };
    await assert.rejects(home.call('agents.add', { name: 'web-01' }), isTold);
    assert.deepEqual(home.logged, ['error: Agents cannot be registered or removed: 3119']);
  });

  it('what the store does not follow is told with what is done and what is left to do', async () => {
    await using home = await MethodsHome.make();
    const whole = await home.call('agents.add', { name: 'web-01' });
    assert.equal(whole.warning, undefined);
    home.access.set(null);
    const { id, warning } = await home.call('agents.add', { name: 'web-02', groups: ['default'] });
    assert.equal(id, '002');
    assert.equal(warning?.code, 3216);
    assert.match(
      warning?.detail ?? '',
      /^agent 002 is registered in etc\/client\.keys, but not in the store yet: Error 2005 .* muster agents group 002 --set default$/,
    );
    const { items, failed } = await home.call('agents.remove', { agents: ['001'] });
    assert.deepEqual(items, []);
    assert.equal(failed[0]?.error.code, 3216);
    assert.match(
      failed[0]?.error.detail ?? '',
      /^agent 001 is removed from etc\/client\.keys, but still in the store/,
    );
  });

  it('agents are removed by filters: the others are told, and nothing goes without a filter', async () => {
    await using home = await MethodsHome.make();
    for (const name of ['a1', 'a2', 'a3']) await home.call('agents.add', { name });
    await home.store.writeAgentInfo(JSON.stringify([infoOf(2, { connection_status: 'active' })]));
    await assert.rejects(home.call('agents.remove', { agents: 'all' }), code(3108));
    const some = await home.call('agents.remove', { agents: ['001', '002'], status: ['never_connected'] });
    assert.deepEqual(some.items, ['001']);
    assert.deepEqual(some.failed, [{ error: { code: 1731, detail: null }, ids: ['002'] }]);
    const all = await home.call('agents.remove', { agents: 'all', q: 'id!=0' });
    assert.deepEqual(all.items, ['002', '003']);
    const left = await home.call('agents.list', {});
    assert.deepEqual(
      left.items.map(({ id }) => id),
      ['000'],
      'the manager itself stays',
    );
  });

  it('agents get into groups and leave them; each that cannot is told', async () => {
    await using home = await MethodsHome.make();
    await fill(home.store);
    const groupsOf = async (id: string) => (await home.call('agents.list', { agents: [id] })).items[0]?.group;
    await assert.rejects(home.call('agents.assign_group', { agents: ['001'], group: 'nowhere' }), code(1710));
    await assert.rejects(home.call('agents.assign_group', { agents: ['001'], group: '../etc' }), code(1722));
    const assigned = await home.call('agents.assign_group', {
      agents: ['001', '002', '000', '999'],
      group: 'db',
    });
    assert.deepEqual(assigned.items, ['001', '002'], 'one that is in it already is in it');
    assert.deepEqual(assigned.failed.map(({ error }) => error.code).sort(), [1701, 1703]);
    assert.deepEqual(await groupsOf('001'), ['web', 'db']);
    await home.call('agents.assign_group', { agents: ['001'], group: 'db', force_single_group: true });
    assert.deepEqual(await groupsOf('001'), ['db']);
    const left = await home.call('agents.remove_from_group', { agents: ['001', '003'], groups: ['db'] });
    assert.deepEqual(left.items, ['001']);
    assert.deepEqual(
      left.failed.map(({ error, ids }) => [error.code, ids]),
      [[1734, ['003']]],
    );
    assert.deepEqual(await groupsOf('001'), ['default'], 'nobody is without a group');
    const again = await home.call('agents.remove_from_group', { agents: ['001'] });
    assert.equal(again.failed[0]?.error.code, 1734, 'it is only in default');
    const all = await home.call('agents.remove_from_group', { agents: 'all', groups: ['web'] });
    assert.deepEqual(all.items, ['002']);
  });

  it('an agent that goes while groups are assigned fails alone, the others have them', async () => {
    await using home = await MethodsHome.make();
    await fill(home.store);
    const assign = home.store.setAgentGroups.bind(home.store);
    home.store.setAgentGroups = async (order) => {
      await home.store.deleteAgent(2);
      return await assign(order);
    };
    const { items, failed } = await home.call('agents.assign_group', {
      agents: ['001', '002', '003'],
      group: 'db',
      force_single_group: true,
    });
    assert.deepEqual(items, ['001', '003']);
    assert.deepEqual(
      failed.map(({ error, ids }) => [error.code, error.detail, ids]),
      [[2003, 'there is no such agent', ['002']]],
    );
    assert.deepEqual(await home.store.groupsOfAgent(3), ['db']);
  });

  it('the summary and the operating system are those of the store', async () => {
    await using home = await MethodsHome.make();
    await fill(home.store);
    const summary = await home.call('agents.summary_status', {});
    assert.deepEqual(summary.connection, {
      total: 5,
      active: 2,
      disconnected: 1,
      never_connected: 2,
      pending: 0,
    });
    const { items, failed } = await home.call('syscollector.os', { agents: ['001', '004', '999'] });
    assert.equal(items[0]?.sysname, 'Linux');
    assert.equal(items[0]?.hostname, 'a');
    assert.equal(items[0]?.os.platform, 'ubuntu');
    assert.deepEqual(items[1], { agent_id: '004', node_name: 'master', os: {} }, 'nothing is made up');
    assert.deepEqual(failed[0]?.ids, ['999']);
  });
});
