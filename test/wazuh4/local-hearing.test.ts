import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localListener } from '../../src/node/wazuh4/local-hearing.ts';
import { wazuh4Local } from '../../src/protocol/dialects/wazuh4/dialect.ts';
import { wazuh4Format } from '../../src/protocol/dialects/wazuh4/header.ts';
import { wazuh4LocalLimits } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { FrameDecoder } from '../../src/protocol/frame.ts';

const DATE = '2026-11-23T08:43:55.782Z';
const times = { date_start_master: DATE, date_end_master: DATE };
const groups = { date_start: DATE, date_end: DATE, n_synced_chunks: 0 };
const status = {
  sync_integrity_free: true,
  last_check_integrity: times,
  last_sync_integrity: { ...times, total_files: { missing: 0, shared: 0, extra: 0 } },
  sync_agent_info_free: true,
  last_sync_agentinfo: { ...times, n_synced_chunks: 0 },
  last_sync_agentgroup: groups,
  last_sync_full_agentgroup: groups,
  last_keep_alive: DATE,
};

/** What a worker says to `get_health` when its master has told this; each message with its counter. */
function told(names: readonly string[], nextCounter: () => number) {
  const options = { role: 'worker', home: '/h', compatibleVersion: '4.7.5' } as const;
  const hear = localListener(options, wazuh4Local('local-worker'), nextCounter);
  const info = { type: 'worker', version: '1', ip: '10.0.0.1', n_active_agents: 1 };
  const nodes = Object.fromEntries(names.map((name) => [name, { info: { ...info, name }, status }]));
  const heard = hear({ command: 'get_health', args: null });
  const frames = heard.answer(1, { n_connected_nodes: names.length, nodes } as never);
  const messages: { command: string; counter: number; text: string }[] = [];
  new FrameDecoder(wazuh4LocalLimits, wazuh4Format).push(
    Buffer.concat(frames),
    ({ command, counter, payload }) =>
      messages.push({ command, counter, text: Buffer.from(payload).toString() }),
  );
  return { messages, frames: frames.length };
}

test('what a worker was told of more nodes than one frame holds reaches its client whole', () => {
  const names = Array.from({ length: 6_000 }, (_, at) => `worker-${at}`);
  const { messages, frames } = told(names, () => 7);
  assert.ok(frames > 2, 'it is divided');
  assert.deepEqual(
    messages.map(({ command }) => command),
    ['ok', 'control_res'],
  );
  assert.deepEqual(Object.keys(JSON.parse(messages[1]?.text ?? '').nodes), names);
});

test('what comes later has a counter of the connection, as its own requests have', () => {
  const { messages } = told(['w'], () => 4711);
  assert.deepEqual(
    messages.map(({ counter }) => counter),
    [1, 4711],
  );
});

test('a file that is to be sent is one below the home; any other keeps the name that the client gave it', () => {
  const options = { role: 'worker', home: '/h', compatibleVersion: '4.7.5' } as const;
  const hear = localListener(options, wazuh4Local('local-worker'), () => 7);
  const asked = (path: string) => hear({ command: 'send_file', args: { path, node: 'worker1' } }).args;
  assert.deepEqual(asked('/h/tmp/report'), { path: 'tmp/report', node: null });
  assert.deepEqual(asked('/etc/passwd'), { path: '/etc/passwd', node: null });
});
