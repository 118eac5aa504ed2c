import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MethodSpec } from '../../src/requests/method.ts';
import { methods } from '../../src/requests/methods.ts';

const rows: [string, MethodSpec][] = Object.entries(methods);

for (const [name, { args, result, example, type, target, summary }] of rows) {
  test(`${name}: its row is whole, and its example is taken by its own schemas`, () => {
    args.parse(example.args);
    assert.deepEqual(result.parse(example.result), example.result, 'a result is not changed by its check');
    assert.match(name, /^[a-z]+\.[a-z_]+$/);
    assert.match(summary, /\.$/);
    assert.equal(target !== undefined, type === 'distributed_master', 'who finds the nodes');
  });

  test(`${name}: an argument that it does not know is refused, so that a mistyped one is not passed over`, () => {
    const more = { ...(example.args as object), nonsense: 1 };
    assert.equal(args.safeParse(more).success, false);
  });
}

test('a method that is forwarded to the nodes of agents has the argument that names them', () => {
  for (const [name, { target, args }] of rows.filter(([, row]) => row.target === 'agents')) {
    assert.ok(args.safeParse({ agents: ['001'] }).success, `${name} takes agents`);
    assert.ok(!args.safeParse({ agents: [] }).success, `${name} needs at least one: ${target}`);
  }
});
