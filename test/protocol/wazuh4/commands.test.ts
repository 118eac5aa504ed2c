import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { commandNames, commandSpec } from '../../../src/protocol/commands.ts';
import { noCipher } from '../../../src/protocol/dialects/wazuh4/cipher.ts';
import type { Wazuh4Row } from '../../../src/protocol/dialects/wazuh4/commands/row.ts';
import { isWazuh4Reply, wazuh4Cluster, wazuh4Local } from '../../../src/protocol/dialects/wazuh4/dialect.ts';
import { encodeFailure } from '../../../src/protocol/dialects/wazuh4/failures.ts';
import { wazuh4Format } from '../../../src/protocol/dialects/wazuh4/header.ts';
import {
  WAZUH4_MAX_FIELDS,
  WAZUH4_MAX_SERVICES,
  wazuh4ClusterLimits,
} from '../../../src/protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../../src/protocol/frame.ts';
import { MAX_REQUEST_VALUES } from '../../../src/protocol/limits.ts';
import { Fernet } from '../../../src/transport/fernet.ts';
import { callOf, rows, tables } from './calls.ts';

const MIB = 1_048_576;
const KEY = '0123456789abcdef0123456789abcdef';
const cipher = new Fernet(KEY);
const master = wazuh4Cluster('master', cipher);
const worker = wazuh4Cluster('worker', cipher);
const daemon = wazuh4Local('local-worker');

/** What a receiver makes of these bytes. */
function messageOf(frames: readonly Uint8Array[]): Message {
  const messages: Message[] = [];
  new FrameDecoder(wazuh4ClusterLimits, wazuh4Format).push(Buffer.concat(frames), (m) => messages.push(m));
  assert.equal(messages.length, 1);
  return messages[0] as Message;
}

/** A request with this payload, as its receiver has it before it is decoded. */
const request = (command: string, payload: string | Uint8Array): Message => {
  const plain = Buffer.from(payload as string);
  const sealed = Buffer.alloc(cipher.sealedBytes(plain.length));
  cipher.seal([plain], plain.length, sealed, 0);
  return { counter: 1, command, encoding: 0, payload: sealed };
};
const reply = request;

function refusal(work: () => unknown): MusterError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof MusterError, String((error as Error).stack));
    return error;
  }
  throw new Error('it was not refused');
}
const refused = (command: string, payload: string | Uint8Array, side = master) =>
  refusal(() => side.decodeRequest(request(command, payload)));

describe('the commands of wazuh4', () => {
  test('every command that is not Muster’s own has a row', () => {
    const known = new Set(rows.map(([, command]) => command));
    const absent = commandNames.filter((name) => !known.has(name) && commandSpec(name).section !== 'muster');
    // The original does not have it, whatever is written about it: it asks get_nodes and get_health.
    assert.deepEqual(absent, ['dapi_clus']);
  });

  for (const [table, command, row] of rows) {
    test(`${table} ${command}: whatever is asked and answered is read as it was written`, () => {
      const [args, answer] = callOf(table, command);
      fc.assert(
        fc.property(args, answer, (asked, answered) => {
          const read = (codec: Wazuh4Row['args'], value: unknown) =>
            codec.decode(Buffer.concat(codec.encode(value)));
          assert.deepEqual(read(row.args, asked), asked);
          assert.deepEqual(read(row.reply, answered), answered);
        }),
        { numRuns: 40 },
      );
    });
  }

  test('a request goes through frames and cipher, and so do its reply and its failure', () => {
    const args = { task: 'i7', path: 'queue/cluster/worker1/a.zip' };
    assert.deepEqual(master.decodeRequest(messageOf(worker.encodeRequest(7, 'syn_i_w_m_e', args))), {
      command: 'syn_i_w_m_e',
      args,
    });
    const replied = messageOf(master.encodeReply(7, 'syn_i_w_m_p', { granted: true }));
    assert.deepEqual([replied.counter, replied.command], [7, 'ok']);
    assert.deepEqual(worker.decodeReply('syn_i_w_m_p', replied), { granted: true });
    const failed = messageOf(master.encodeFailure(7, new MusterError(3028, 'worker1')));
    assert.deepEqual([failed.counter, failed.command], [7, 'err']);
    const { code, detail } = worker.decodeFailure(failed);
    assert.deepEqual([code, detail], [3028, 'worker1']);
  });

  const spoken: [command: string, args: object, reply: object, asked: string, answered: string][] = [
    ['new_str', { size: 1504 }, { id: 3732988399 }, '1504', '3732988399'],
    ['err_str', { size: 9 }, { id: null }, '9', 'None'],
    ['new_file', { path: 'tmp/a' }, {}, '/tmp/a', 'Ready to receive new file'],
    ['syn_i_w_m_p', {}, { granted: false }, '', 'False'],
    ['syn_a_w_m', { id: 7 }, { id: 7 }, '7', '7'],
    ['syn_w_g_err', { text: 'it broke' }, {}, 'it broke', 'Thanks'],
    [
      'syn_w_g_e',
      { updated_chunks: 1, error_messages: ['ä'], time_spent: 1 },
      {},
      '{"updated_chunks": 1, "error_messages": ["\\u00e4"], "time_spent": 1.0}',
      'Thanks',
    ],
    ['dapi_res', { id: 'r', string: 7 }, { to: 'request' }, 'r 7', 'Forwarded response'],
    [
      'dapi_res',
      { id: 'r', string: { failure: 'Error 3020 - x' } },
      { to: 'client' },
      'r Error 3020 - x',
      'Response forwarded to worker',
    ],
    [
      'dapi_err',
      { id: 'r', text: 'Error 1000 - x' },
      {},
      'r Error 1000 - x',
      'DAPI error forwarded to worker',
    ],
    ['sendsyn_err', { id: '5', text: 'no' }, {}, '5 no', 'SendSync error forwarded to worker'],
    [
      'sendsync',
      { id: '5', request: { daemon_name: 'authd', message: { function: 'add' } } },
      {},
      '5 {"daemon_name": "authd", "message": {"function": "add"}}',
      'Added request to SendSync requests queue',
    ],
  ];
  for (const [command, args, answer, asked, answered] of spoken) {
    test(`${command} ${asked.slice(0, 12)} is written and read as the original writes it`, () => {
      const row = (tables.cluster as unknown as Record<string, Wazuh4Row>)[command] as Wazuh4Row;
      assert.equal(Buffer.concat(row.args.encode(args)).toString(), asked);
      assert.deepEqual(row.args.decode(Buffer.from(asked)), args);
      assert.equal(Buffer.concat(row.reply.encode(answer)).toString(), answered);
    });
  }

  test('the replies to two commands carry a space that belongs to nothing', () => {
    const fieldOf = (frames: Buffer[]) => frames[0]?.toString('latin1', 8, 20);
    assert.equal(fieldOf(master.encodeReply(1, 'new_file', {})), 'ok  --------');
    assert.equal(fieldOf(master.encodeReply(1, 'echo-c', { data: new Uint8Array() })), 'ok-m  ------');
    assert.equal(fieldOf(worker.encodeReply(1, 'echo-m', { data: new Uint8Array() })), 'ok-c -------');
    assert.equal(fieldOf(master.encodeReply(1, 'echo', { data: new Uint8Array() })), 'ok ---------');
  });

  test('on the local socket nothing is sealed, and a worker may say that the answer comes later', () => {
    const later = daemon.encodeReply(1, 'get_nodes', null);
    assert.equal(Buffer.concat(later).toString('latin1', 20), 'Sent request to master node');
    assert.equal(daemon.decodeReply('get_nodes', messageOf(later)), null);
    const asked = wazuh4Local('local-client').encodeRequest(1, 'get_health', null);
    assert.equal(Buffer.concat(asked).toString('latin1', 20), 'null');
    assert.deepEqual(daemon.decodeRequest(messageOf(asked)), { command: 'get_health', args: null });
  });

  test('the answer of a service to a local client is a request called ok', () => {
    const client = wazuh4Local('local-client');
    const asked = messageOf(daemon.encodeRequest(1, 'ok', { data: Buffer.from('{"error":0}') }));
    const { command, args } = client.decodeRequest(asked);
    assert.equal(command, 'ok');
    assert.deepEqual(args, { data: Buffer.from('{"error":0}') });
  });
});

describe('what a wazuh4 peer may not say', () => {
  test('a command that is unknown, of the other side or of the local socket: 3109, in the original’s words', () => {
    for (const command of ['nonsense', 'syn_m_c', 'get_config', 'dapi_clus', 'ok', 'err', 'hasOwnProperty']) {
      const error = refused(command.slice(0, 11), '');
      assert.equal(error.code, 3109, command);
      const told = cipher.open(messageOf(master.encodeFailure(1, error)).payload).toString();
      assert.equal(told, `unknown command 'b'${command.slice(0, 11)}''`);
    }
    assert.equal(refused('syn_i_w_m', '', worker).code, 3109);
  });

  test('a payload that cannot be opened: 3025, before the command is looked at', () => {
    const stranger = wazuh4Cluster('worker', new Fernet('fedcba9876543210fedcba9876543210'));
    const foreign = messageOf(stranger.encodeRequest(1, 'syn_i_w_m_p', {}));
    for (const command of ['syn_i_w_m_p', 'nonsense'])
      assert.equal(refusal(() => master.decodeRequest({ ...foreign, command })).code, 3025);
    assert.equal(refusal(() => master.decodeReply('echo', { ...foreign, command: 'ok' })).code, 3025);
    assert.equal(refusal(() => master.decodeFailure({ ...foreign, command: 'err' })).code, 3025);
    assert.equal(refusal(() => master.decodeRequest({ ...foreign, payload: new Uint8Array() })).code, 3025);
  });

  const bad: [what: string, code: number, command: string, payload: string | Uint8Array][] = [
    ['arguments where there are none', 3108, 'syn_i_w_m', 'x'],
    ['a size that is no number', 3108, 'new_str', 'many'],
    ['a negative size', 3108, 'new_str', '-1'],
    ['a size of 4 GiB', 3113, 'new_str', '4294967296'],
    ['a size of 1,000 digits', 3108, 'new_str', '9'.repeat(1000)],
    ['an id beyond 32 bits', 3113, 'syn_a_w_m', '4294967296'],
    ['a piece of a string without a space', 3108, 'str_upd', '12'],
    ['a piece of a file without a space', 3108, 'file_upd', '/tmp/a'],
    ['a path without a slash in front', 3108, 'new_file', 'tmp/a'],
    ['a path with ..', 3114, 'new_file', '/queue/../../etc/passwd'],
    ['a path with .', 3114, 'new_file', '/queue/./a'],
    ['a path with an empty name', 3114, 'new_file', '//etc/passwd'],
    ['a path with a backslash', 3114, 'new_file', '/queue\\..\\a'],
    ['a path with NUL', 3108, 'new_file', '/queue/a\0b'],
    ['a path with a line feed', 3108, 'new_file', '/queue/a\nb'],
    ['a path that is too long', 3108, 'new_file', `/${'a/'.repeat(3000)}`],
    ['a path that is no UTF-8', 3108, 'new_file', Buffer.from('2fff', 'hex')],
    ['a path of the other spelling, in the end of a task', 3114, 'syn_i_w_m_e', 'i7 /queue/a'],
    ['.. in the end of a task', 3114, 'syn_i_w_m_e', 'i7 ../a'],
    ['a digest of 31 bytes', 3108, 'file_end', `/tmp/a ${'x'.repeat(31)}`],
    ['a digest in hexadecimal', 3108, 'file_end', `/tmp/a ${'0'.repeat(64)}`],
    ['a task with *', 3108, 'syn_i_w_m_e', 'a*b queue/a'],
    ['a task of 1,000 characters', 3108, 'syn_i_w_m_e', `${'a'.repeat(1000)} queue/a`],
    ['an error that is no JSON', 3108, 'cancel_task', 'i7 nonsense'],
    ['an error that is no exception', 3108, 'cancel_task', 'i7 {}'],
    ['a report that lacks a field', 3108, 'syn_w_g_e', '{"updated_chunks": 1}'],
    ['a text of a mebibyte', 3113, 'syn_w_g_err', 'x'.repeat(1_048_576)],
    ['a request without a function', 3108, 'dapi', '1 {}'],
    ['a request with an unknown key', 3108, 'dapi', '1 {"f": 1, "g": 2}'],
    ['a request whose function is a text', 3108, 'dapi', '1 {"f": "os.system"}'],
    ['a request for an id with *', 3108, 'dapi', '1*2 {}'],
    ['a query with an unknown key', 3108, 'get_nodes', '{"node": 1}'],
    ['an empty query', 3108, 'get_nodes', ''],
  ];
  for (const [what, code, command, payload] of bad) {
    test(`${what}: ${command} is refused with ${code}, and the command is named`, () => {
      const error = refused(command, payload);
      assert.equal(error.code, code, error.message);
      assert.ok(error.detail?.startsWith(`${command}: `), error.message);
      assert.doesNotMatch(error.message, /[\p{Cc}]/u);
      assert.ok(error.message.length < 500);
    });
  }

  const exception = encodeFailure(new MusterError(3028, 'worker1')).toString();
  const callable = '{"__callable__":{"__name__":"f","__module__":"m","__qualname__":"f","__type__":"f"}}';
  const report = '"updated_chunks": 1, "error_messages": [], "time_spent": 1.0';
  const names = (count: number) => JSON.stringify(Array.from({ length: count }, (_, at) => `n${at}`));
  for (const [what, command, most, payload] of [
    [
      'services in a request',
      'dapi',
      WAZUH4_MAX_SERVICES,
      (list: string) => `1 {"f": ${callable}, "basic_services": ${list}}`,
    ],
    ['fields that a query selects', 'get_nodes', WAZUH4_MAX_FIELDS, (list: string) => `{"select": ${list}}`],
    [
      'fields that a query sorts by',
      'get_nodes',
      WAZUH4_MAX_FIELDS,
      (list: string) => `{"sort": {"fields": ${list}, "order": "asc"}}`,
    ],
  ] as const)
    test(`more than ${most} ${what} are refused`, () => {
      const decode = (count: number) =>
        wazuh4Cluster('master', noCipher).decodeRequest({
          counter: 1,
          command,
          encoding: 0,
          payload: Buffer.from(payload(names(count))),
        });
      assert.equal(decode(most).command, command);
      assert.equal(refusal(() => decode(most + 1)).code, 3108);
    });

  /** How long JSON may be: spaces around it count, and mean nothing. */
  const lengths: [
    command: string,
    side: 'master' | 'worker',
    front: string,
    value: string,
    maxBytes: number,
  ][] = [
    ['cancel_task', 'master', 'i7 ', exception, MIB],
    ['syn_i_w_m_r', 'master', 'None ', exception, MIB],
    ['syn_m_c_r', 'worker', 'None ', exception, MIB],
    ['syn_w_g_e', 'master', '', `{${report}}`, 4 * MIB],
    ['syn_wgc_e', 'master', '', `{${report}}`, 4 * MIB],
    ['syn_m_a_e', 'worker', '', `{${report}}`, 4 * MIB],
    ['get_nodes', 'master', '', '{}', 4 * MIB],
    ['get_health', 'master', '', 'null', 4 * MIB],
    ['dapi', 'master', '1 ', `{"f": ${callable}}`, 16 * MIB],
    ['sendsync', 'master', '1 ', '{"daemon_name": "authd", "message": ""}', 16 * MIB],
  ];
  for (const [command, side, front, value, maxBytes] of lengths) {
    test(`${command} with JSON of more than ${maxBytes} bytes is refused before it is looked into`, () => {
      const decode = (payload: string) =>
        wazuh4Cluster(side, noCipher).decodeRequest({
          counter: 1,
          command,
          encoding: 0,
          payload: Buffer.from(payload),
        });
      const longest = front + value.padEnd(maxBytes);
      assert.equal(decode(longest).command, command);
      const { code, detail } = refusal(() => decode(`${longest} `));
      assert.equal(code, 3113);
      assert.match(detail ?? '', new RegExp(`${maxBytes + 1} bytes; at most ${maxBytes} are read`));
    });
  }

  test('a report, and an exception, with more values than a request may have is refused', () => {
    const zeros = (values: number) => Array(values).fill(0).join();
    const more = (values: number) => `{${report}, "more": [${zeros(values)}]}`;
    const failure = (values: number) => exception.replace('"type"', `"more": [${zeros(values)}], "type"`);
    for (const [command, payload] of [
      ['syn_w_g_e', more],
      ['cancel_task', (values: number) => `i7 ${failure(values)}`],
    ] as const) {
      assert.equal(master.decodeRequest(request(command, payload(60_000))).command, command);
      assert.equal(refused(command, payload(MAX_REQUEST_VALUES)).code, 3113);
    }
  });

  test('an identifier may have 128 bytes, and a path 4096 with its slash', () => {
    const id = 'i'.repeat(128);
    assert.deepEqual(master.decodeRequest(request('syn_i_w_m_e', `${id} a`)).args, { task: id, path: 'a' });
    assert.equal(refused('syn_i_w_m_e', `${id}i a`).code, 3108);
    const path = 'p'.repeat(4095);
    assert.deepEqual(master.decodeRequest(request('new_file', `/${path}`)).args, { path });
    assert.equal(refused('new_file', `/${path}p`).code, 3108);
    assert.equal(refused('new_file', `/${path.slice(2)}\u00e9\u00e9`).code, 3108);
  });

  test('a hello of more or fewer than four fields is refused in the original’s words, and what comes of a space is said', () => {
    const told = (payload: string) => refused('hello', payload).detail;
    assert.equal(told('worker1 wazuh'), 'hello: not enough values to unpack (expected 4, got 2)');
    assert.equal(told(''), 'hello: not enough values to unpack (expected 4, got 1)');
    assert.equal(
      told('worker 1 wazuh worker 4.7.5'),
      'hello: too many values to unpack (expected 4): the name of the node, its cluster or its version holds a space',
    );
  });

  test('a name with *, one that leads elsewhere and one of 1,000 characters: the first two come as they are, for whoever admits', () => {
    const nameOf = (name: string) => {
      const { args } = master.decodeRequest(request('hello', `${name} wazuh worker 4.7.5`));
      return (args as { name: string }).name;
    };
    assert.equal(nameOf('wor*ker'), 'wor*ker');
    assert.equal(nameOf('../../etc'), '../../etc');
    assert.equal(refused('hello', `${'n'.repeat(1000)} wazuh worker 4.7.5`).code, 3108);
    assert.equal(refused('hello', 'wor\tker wazuh worker 4.7.5').code, 3108);
    assert.equal(refused('hello', `${'n'.repeat(5000)}`).code, 3113);
  });

  test('the answer of an original that is in other words is taken where it means nothing, and refused where it does', () => {
    assert.deepEqual(worker.decodeReply('syn_i_w_m_e', reply('ok', 'thank you')), {});
    assert.deepEqual(worker.decodeReply('syn_w_g_c', reply('ok', '<object at 0x7f9c>')), {});
    assert.equal(refusal(() => worker.decodeReply('syn_i_w_m_p', reply('ok', 'Maybe'))).code, 3108);
    assert.equal(refusal(() => worker.decodeReply('syn_i_w_m', reply('ok', ''))).code, 3108);
    assert.equal(refusal(() => worker.decodeReply('new_str', reply('ok', 'None'))).code, 3108);
    assert.equal(refusal(() => worker.decodeReply('echo', reply('nonsense', ''))).code, 3100);
    assert.equal(refusal(() => worker.decodeReply('echo', reply('err', ''))).code, 3100);
  });

  test('only ok, err, ok-m and ok-c can be replies', () => {
    assert.deepEqual(['ok', 'err', 'ok-m', 'ok-c', 'ok-x', 'echo', 'constructor'].filter(isWazuh4Reply), [
      'ok',
      'err',
      'ok-m',
      'ok-c',
    ]);
  });
});
