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
