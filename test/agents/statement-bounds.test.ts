import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { execute } from '../../src/agents/embedded/execute.ts';
import { MAX_STATEMENT_COLUMNS, MAX_STATEMENT_VALUE_BYTES } from '../../src/agents/limits.ts';
import { StoreHome } from './fixture.ts';

const HALF_BYTES = MAX_STATEMENT_VALUE_BYTES / 2;
/** How long a text becomes whose bytes are written as two digits each. */
const digits = (bytes: number) => `select length(hex(zeroblob(${bytes}))) as n`;
const columns = (count: number) => `select ${Array(count).fill('id').join(',')} from agent`;

it('a statement of another program makes no value and no row that takes the memory of the node', () => {
  using home = new StoreHome();
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  const ask = (statement: string) => execute(database, [`global sql ${statement}`])[0];
  try {
    assert.equal(ask(digits(HALF_BYTES - 1)), `ok [{"n":${MAX_STATEMENT_VALUE_BYTES - 2}}]`);
    assert.match(ask(digits(HALF_BYTES + 1)) ?? '', /^err Cannot execute .*too big/);
    assert.match(
      ask(`update agent set name=hex(zeroblob(${HALF_BYTES + 1})) where id=0`) ?? '',
      /^err Cannot execute .*too big/,
    );
    assert.equal(ask('select name from agent'), 'ok [{"name":"localhost"}]');
    assert.match(ask(columns(MAX_STATEMENT_COLUMNS)) ?? '', /^ok /);
    assert.match(ask(columns(MAX_STATEMENT_COLUMNS + 1)) ?? '', /^err Cannot execute .*too many columns/);
    // What the store itself asks is not bounded so: hashes of all agents make one long text.
    assert.equal(database.get(digits(HALF_BYTES + 1))?.n, MAX_STATEMENT_VALUE_BYTES + 2);
  } finally {
    database.close();
  }
});

/** Statements that are carried out, and such as would take too long where there are many agents. */
const PLANS: readonly [statement: string, isCarriedOut: boolean][] = [
  ["select count(*) from agent where name like '%a%'", true],
  ['select count(*) from (select distinct node_name from agent)', true],
  ['select a.id, l.value from agent a left join labels l on l.id = a.id', true],
  [
    'select g.name, count(b.id_agent) from `group` g left join belongs b on b.id_group = g.id group by g.id',
    true,
  ],
  ['select id from agent where id in (select id_agent from belongs where priority > 0)', true],
  [
    'select id, (select group_concat(name) from belongs join `group` g on g.id = id_group where id_agent = agent.id) from agent',
    true,
  ],
  ['select id from agent where id > 0 union select id_agent from belongs', true],
  ["update agent set version = 'v' where id in (select id from labels)", true],
  ['select count(*) from agent a, agent b', false],
  [`select count(*) from ${Array.from({ length: 20 }, (_, index) => `agent a${index}`)}`, false],
  ['select id, (select count(*) from agent b where b.last_keepalive > a.last_keepalive) from agent a', false],
  ['select id from agent a where exists (select 1 from labels l where l.value > a.version)', false],
  ['select count(*) from (select a.id from agent a, labels l where l.value <> a.version)', false],
  ['delete from labels where exists (select 1 from agent where version > labels.value)', false],
  [
    'select count(*) from (with recursive n(x) as (select 1 union all select x + 1 from n) select x from n)',
    false,
  ],
];

it('a statement of another program that looks at every row for every row is refused, and others are not', () => {
  using home = new StoreHome();
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  try {
    for (const [statement, isCarriedOut] of PLANS) {
      const [answer = ''] = execute(database, [`global sql ${statement}`]);
      assert.match(answer, isCarriedOut ? /^ok / : /^err Invalid DB query: /, statement);
    }
  } finally {
    database.close();
  }
});
