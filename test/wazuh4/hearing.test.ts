import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Wazuh4Peer } from '../../src/node/wazuh4/peer-dialect.ts';
import { commandSpec } from '../../src/protocol/commands.ts';
import { noCipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { wazuh4ClusterCommands } from '../../src/protocol/dialects/wazuh4/commands/cluster.ts';
import type { Wazuh4Row } from '../../src/protocol/dialects/wazuh4/commands/row.ts';
import { WAZUH4_MAX_TEXT_BYTES } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { MAX_ERROR_MESSAGES, MAX_NODES, MAX_TEXT_CHARS } from '../../src/protocol/limits.ts';

type Role = 'master' | 'worker';

const LONG = 'x'.repeat(WAZUH4_MAX_TEXT_BYTES);
const exception = (extra: unknown) =>
  JSON.stringify({
    __wazuh_exception__: {
      __class__: 'WazuhError',
      __object__: { title: 'Bad Request', code: 1017, extra_message: extra },
    },
  });
const report = (texts: readonly string[]) =>
  JSON.stringify({ updated_chunks: 0, error_messages: texts, time_spent: 1 });
const callable = { __name__: 'f', __module__: 'm', __qualname__: 'f', __type__: 'function' };
const names = JSON.stringify(Array.from({ length: MAX_NODES }, (_, i) => `${i}`.padEnd(128, 'n')));

/** Commands that bring texts which nobody there cuts. */
const wordy: Readonly<Record<string, string>> = {
  cancel_task: `None ${exception(LONG)}`,
  syn_i_w_m_r: `None ${exception({ long: LONG })}`,
  syn_m_c_r: `None ${exception({ list: Array.from({ length: 1000 }, () => LONG.slice(0, 900)) })}`,
  syn_w_g_e: report([LONG, 'a\x1b[2Jb', ...Array.from({ length: MAX_ERROR_MESSAGES - 2 }, () => 'short')]),
  syn_wgc_e: report([LONG]),
  syn_m_a_e: report([LONG]),
  syn_w_g_err: LONG,
  syn_wgc_err: LONG,
  syn_m_a_err: LONG,
  dapi: `1 ${JSON.stringify({ f: { __callable__: callable }, f_kwargs: { text: LONG } })}`,
  dapi_err: `1 ${LONG.slice(2)}`,
  dapi_res: `1 Error ${LONG.slice(8)}`,
  sendsyn_res: `1 Error ${LONG.slice(8)}`,
  sendsync: `1 ${JSON.stringify({ daemon_name: 'authd', message: LONG })}`,
  sendsyn_err: `1 ${LONG.slice(2)}`,
  get_nodes: JSON.stringify({ search: { value: LONG.slice(0, 256), negation: false } }),
  get_health: names,
};
/** Their arguments are identifiers, names, paths and numbers, which have limits of their own, or bytes. */
const terse: ReadonlySet<string> = new Set(
  (
    'hello echo echo-c echo-m new_str str_upd err_str new_file file_upd file_end syn_i_w_m_p syn_i_w_m ' +
    'syn_i_w_m_e syn_m_c_ok syn_m_c syn_m_c_e syn_a_w_m_p syn_a_w_m syn_g_m_w syn_g_m_w_c syn_w_g_c'
  ).split(' '),
);

/** A connection on which agent-groups were sent, which reports are about. */
function peerOf(role: Role): Wazuh4Peer {
  const options = { role, nodeName: role, compatibleVersion: '4.7.5', maxFileBytes: 1, maxSentFileBytes: 1 };
  const peer = new Wazuh4Peer(options, noCipher);
  if (role === 'master')
    for (const command of ['syn_g_m_w', 'syn_g_m_w_c'] as const)
      peer.encodeRequest(1, command, { handles: [5] });
  return peer;
}

const hear = (role: Role, command: string) =>
  peerOf(role).decodeRequest({
    counter: 1,
    command,
    encoding: 0,
    payload: Buffer.from(wordy[command] ?? ''),
  });

describe('what a node of Wazuh 4.x says comes in the bounds of our own commands', () => {
  const rows = Object.entries(wazuh4ClusterCommands as unknown as Record<string, Wazuh4Row>);

  test('every command is known as one that brings texts, or as one that does not', () => {
    const known = [...Object.keys(wordy), ...terse].toSorted();
    assert.deepEqual(rows.map(([command]) => command).toSorted(), known);
  });

  for (const [command, { receivers }] of rows) {
    if (terse.has(command)) continue;
    for (const role of ['master', 'worker'] as const) {
      if (!receivers.includes(role)) continue;
      test(`${command}, as a ${role} hears it`, () => {
        const heard = hear(role, command);
        const { error } = commandSpec(heard.command).args.safeParse(heard.args);
        assert.equal(error, undefined);
      });
    }
  }

  test('a report is not refused for its long texts: the beginning of each is heard, as it may be logged', () => {
    const { args } = hear('master', 'syn_w_g_e');
    const { error_messages: texts } = args as { error_messages: readonly string[] };
    assert.equal(texts.length, MAX_ERROR_MESSAGES);
    assert.deepEqual(texts.slice(0, 3), ['x'.repeat(MAX_TEXT_CHARS), 'a?[2Jb', 'short']);
  });
});
