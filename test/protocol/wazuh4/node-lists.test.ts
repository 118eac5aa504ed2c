import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noCipher } from '../../../src/protocol/dialects/wazuh4/cipher.ts';
import { wazuh4Cluster } from '../../../src/protocol/dialects/wazuh4/dialect.ts';
import {
  WAZUH4_MAX_COUNT_NAME_CHARS,
  WAZUH4_MAX_HEALTH_BYTES,
  WAZUH4_MAX_HEALTH_VALUES,
  WAZUH4_MAX_NODES_BYTES,
  WAZUH4_MAX_NODES_VALUES,
} from '../../../src/protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../../src/protocol/errors.ts';
import { MAX_NODE_NAME_CHARS, MAX_NODES } from '../../../src/protocol/limits.ts';

/** The error that this is refused with. */
function refusal(work: () => unknown): MusterError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof MusterError, String((error as Error).stack));
    return error;
  }
  throw new Error('it was not refused');
}

describe('what a master tells of its cluster', () => {
  const open = wazuh4Cluster('worker', noCipher);
  const told = (command: 'get_nodes' | 'get_health', text: string) =>
    open.decodeReply(command, { counter: 1, command: 'ok', encoding: 0, payload: Buffer.from(text) });
  const date = '2026-11-28T05:00:00.000000Z';
  const times = { date_start_master: date, date_end_master: date };
  const groups = { date_start: date, date_end: date, n_synced_chunks: 1_000_000 };
  const info = (at: number) => ({
    name: String(at).padStart(MAX_NODE_NAME_CHARS, 'n'),
    type: 'worker',
    version: '4.14.10',
    ip: 'fe80:0000:0000:0000:0000:0000:0000:0001%eth0',
  });
  const status = {
    sync_integrity_free: false,
    last_check_integrity: times,
    last_sync_integrity: {
      ...times,
      total_extra_valid: 100_000,
      total_files: { missing: 100_000, shared: 100_000, extra: 100_000, extra_valid: 100_000 },
    },
    sync_agent_info_free: false,
    last_sync_agentinfo: { ...times, n_synced_chunks: 1_000_000 },
    last_sync_agentgroup: groups,
    last_sync_full_agentgroup: groups,
    last_keep_alive: date,
  };
  const all = Array.from({ length: MAX_NODES }, (_, at) => info(at));
  const nodes = { items: all, totalItems: MAX_NODES };
  const healthOf = (infos: typeof all) => ({
    n_connected_nodes: infos.length,
    nodes: Object.fromEntries(
      infos.map((one) => [one.name, { info: { ...one, n_active_agents: 100_000 }, status }]),
    ),
  });
  /** With the spaces that Python writes. */
  const spaced = (value: object) => JSON.stringify(value).replaceAll(/([,:])(?=["{[\d]|true|false)/g, '$1 ');

  test('the largest cluster with the longest names is read', () => {
    assert.equal((told('get_nodes', spaced(nodes)) as typeof nodes).items.length, MAX_NODES);
    const { nodes: healths } = told('get_health', spaced(healthOf(all))) as { nodes: object };
    assert.equal(Object.keys(healths).length, MAX_NODES);
  });

  for (const [command, value, maxBytes, maxValues] of [
    ['get_nodes', { items: [], totalItems: 0 }, WAZUH4_MAX_NODES_BYTES, WAZUH4_MAX_NODES_VALUES],
    ['get_health', healthOf([]), WAZUH4_MAX_HEALTH_BYTES, WAZUH4_MAX_HEALTH_VALUES],
  ] as const)
    test(`a reply to ${command} of more than ${maxBytes} bytes or ${maxValues} values is refused before it is parsed`, () => {
      const longest = JSON.stringify(value).padEnd(maxBytes);
      told(command, longest);
      const { code, message } = refusal(() => told(command, `${longest} `));
      assert.equal(code, 3113);
      assert.match(message, new RegExp(`${command}.*${maxBytes + 1} bytes; at most ${maxBytes} are read`));
      const many = refusal(() => told(command, `[${','.repeat(maxValues)}]`));
      assert.equal(many.code, 3113);
      assert.match(many.message, new RegExp(`more than ${maxValues} values`));
    });

  test(`a count whose name has more than ${WAZUH4_MAX_COUNT_NAME_CHARS} characters is refused`, () => {
    const health = (name: string) => {
      const integrity = { ...status.last_sync_integrity, total_files: { [name]: 1 } };
      const { name: node } = info(0);
      const one = {
        info: { ...info(0), n_active_agents: 1 },
        status: { ...status, last_sync_integrity: integrity },
      };
      return JSON.stringify({ n_connected_nodes: 1, nodes: { [node]: one } });
    };
    told('get_health', health('x'.repeat(WAZUH4_MAX_COUNT_NAME_CHARS)));
    assert.equal(
      refusal(() => told('get_health', health('x'.repeat(WAZUH4_MAX_COUNT_NAME_CHARS + 1)))).code,
      3108,
    );
  });

  test('the health of more nodes than a cluster may have is refused', () => {
    const text = JSON.stringify(healthOf([...all, info(MAX_NODES)]));
    const { code, message } = refusal(() => told('get_health', text));
    assert.equal(code, 3108);
    assert.match(message, new RegExp(`more than ${MAX_NODES} nodes`));
  });
});
