import assert from 'node:assert/strict';
import { test } from 'node:test';
import { health4, healthQueryOf } from '../../src/requests/wazuh4/views.ts';

type Health = Parameters<typeof health4>[0];
const node = (name: string, type: 'master' | 'worker') => ({
  info: { name, type, version: '1', ip: '10.0.0.1', n_active_agents: 0 },
});
const all: Health['nodes'] = {
  master: node('master', 'master'),
  w1: node('w1', 'worker'),
  w12: node('w12', 'worker'),
};

test('whose health is told follows what Python says of a name in the query: a list, a text, nothing', () => {
  const told = (query: Parameters<typeof health4>[1]) => {
    const { nodes } = healthQueryOf(query);
    const found = Object.entries(all).filter(([name]) => nodes === null || nodes.includes(name));
    const workers = found.filter(([, { info }]) => info.type === 'worker');
    const reply = { n_connected_nodes: workers.length, nodes: Object.fromEntries(found) };
    const health = health4(reply, query, '4.7.5');
    return [health.n_connected_nodes, ...Object.keys(health.nodes)];
  };
  assert.deepEqual(told(null), [2, 'master', 'w1', 'w12']);
  assert.deepEqual(told({}), [2, 'w1', 'w12']);
  assert.deepEqual(told(['w12', 'master', 'other']), [1, 'master', 'w12']);
  assert.deepEqual(told([]), [0]);
  assert.deepEqual(told('w12'), [2, 'w1', 'w12'], 'both names are parts of the text');
  assert.deepEqual(told('the master'), [0, 'master']);
  assert.deepEqual(told('w'), [0], 'which is a part of names, and not they of it');
  assert.deepEqual(told(''), [0]);
});
