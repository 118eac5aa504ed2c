import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type CommandName, commandNames, commandSpec, type Receiver } from '../../src/protocol/commands.ts';
import { musterDialect as muster } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { encodeMessage, FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { isCommand } from '../../src/protocol/header.ts';
import { HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../src/protocol/limits.ts';
import { documentedCommands } from './specification.ts';

const bytesOf = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks);
const echo = (payload: Uint8Array): Message => ({ counter: 1, command: 'echo', encoding: 0, payload });

function decode(stream: Uint8Array): Message[] {
  const messages: Message[] = [];
  new FrameDecoder().push(stream, (m) => messages.push({ ...m, payload: Uint8Array.from(m.payload) }));
  return messages;
}

/** The headers in a stream of frames. */
function headersIn(stream: Buffer): Buffer[] {
  const headers: Buffer[] = [];
  for (let at = 0; at < stream.length; at += HEADER_BYTES + stream.readUInt32BE(at + 4)) {
    headers.push(stream.subarray(at, at + HEADER_BYTES));
  }
  return headers;
}

const keysOf = (schema: z.ZodType): string[] => {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysOf(option as z.ZodType));
  return [];
};

describe('Protocol definition', () => {
  test('The protocol message has two parts: a header and a payload.', () => {
    const stream = bytesOf(encodeMessage(echo(Buffer.from('hi'))));
    assert.equal(stream.subarray(HEADER_BYTES).toString(), 'hi');
  });

  test('The payload will be 5242880 bytes long at maximum and the header will be exactly 22 bytes long.', () => {
    const largest = encodeMessage(echo(new Uint8Array(5_242_880)));
    assert.deepEqual(
      largest.map((chunk) => chunk.length),
      [22, 5_242_880],
    );
    const header = bytesOf(encodeMessage(echo(new Uint8Array(0))));
    assert.equal(header.length, 22);
    header.writeUInt32BE(5_242_881, 4);
    assert.throws(() => decode(header), { code: 3113 });
  });

  test('Counter: it is very useful when receiving a response, so it indicates which sent request it is replying to.', () => {
    const request = decode(bytesOf(muster.encodeRequest(0x89abcdef, 'echo', { data: 'x' })))[0] as Message;
    assert.equal(request.counter, 0x89abcdef);
    const replies = [
      muster.encodeReply(request.counter, 'echo', { data: 'x' }),
      muster.encodeFailure(request.counter, new MusterError(1000)),
    ].flatMap((chunks) => decode(bytesOf(chunks)));
    assert.deepEqual(
      replies.map(({ counter, command }) => [counter, command]),
      [
        [0x89abcdef, 'ok'],
        [0x89abcdef, 'err'],
      ],
    );
  });

  test('Payload length: specifies the amount of data contained in the message payload; used to know how much data to expect to receive.', () => {
    const stream = bytesOf(encodeMessage(echo(new Uint8Array(300))));
    assert.equal(stream.readUInt32BE(4), 300);
    const decoder = new FrameDecoder();
    const seen: number[] = [];
    decoder.push(stream.subarray(0, -1), (m) => seen.push(m.payload.length));
    assert.equal(seen.length, 0);
    decoder.push(stream.subarray(-1), (m) => seen.push(m.payload.length));
    assert.deepEqual(seen, [300]);
  });

  test('Command: this string will always be 11 characters long. If the command is not 11 characters long, a padding of - is added until the string reaches the expected length.', () => {
    for (const command of commandNames) {
      const field = bytesOf(encodeMessage({ ...echo(new Uint8Array(0)), command })).toString('latin1', 8, 19);
      assert.equal(field.length, 11);
      assert.match(field, new RegExp(`^${command}-*$`));
      const message = decode(bytesOf(encodeMessage({ ...echo(new Uint8Array(0)), command })))[0];
      assert.equal(message?.command, command);
    }
  });

  test('All available commands in the protocol are shown below.', () => {
    const own = commandNames.filter((name) => commandSpec(name).own);
    const ours = commandNames.filter((name) => !commandSpec(name).own);
    assert.deepEqual([...new Set(documentedCommands.map(({ name }) => name))].sort(), ours.toSorted());
    for (const name of own) assert.equal(commandSpec(name).section, 'muster', name);
  });

  test('Flag message divided: specifies whether the message has been divided because its initial payload length was more than 5242880 bytes or not.', () => {
    assert.equal(headersIn(bytesOf(encodeMessage(echo(new Uint8Array(MAX_PAYLOAD_BYTES))))).length, 1);
    const payload = Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 7);
    const stream = bytesOf(encodeMessage(echo(payload)));
    assert.equal(headersIn(stream).length, 2);
    assert.ok(payload.equals(decode(stream)[0]?.payload as Uint8Array));
  });

  test('The flag value can be d if the message is a divided one, or nothing (it will be - due to the padding) if the message is the end of a divided message or a single message.', () => {
    const flags = (size: number) =>
      headersIn(bytesOf(encodeMessage(echo(new Uint8Array(size))))).map((header) =>
        header.toString('latin1', 19, 20),
      );
    assert.deepEqual(flags(5), ['-']);
    assert.deepEqual(flags(MAX_PAYLOAD_BYTES * 2), ['d', '-']);
    assert.deepEqual(flags(MAX_PAYLOAD_BYTES * 2 + 1), ['d', 'd', '-']);
  });
});

for (const chapter of ['Wazuh cluster protocol', 'Local protocol', 'Common messages'] as const) {
  describe(chapter, () => {
    for (const row of documentedCommands.filter((candidate) => candidate.chapter === chapter)) {
      test(`${row.name}: ${row.sentence}`, () => {
        const spec = commandSpec(row.name);
        assert.ok(isCommand(row.name));
        const missing = row.receivedIn.filter((receiver: Receiver) => !spec.receivers.includes(receiver));
        assert.deepEqual(missing, [], 'who receives it');
        const keys = keysOf(spec.args);
        for (const [argument, key] of Object.entries(row.args)) {
          assert.ok(keys.includes(key), `the argument ${argument} travels as ${key}`);
        }
        if (Object.keys(row.args).length === 0)
          assert.ok(spec.args.safeParse({}).success, 'no arguments are needed');
      });
    }
  });
}

describe('sentences about arguments', () => {
  const accepts = (name: CommandName, args: object) => commandSpec(name).args.safeParse(args).success;
  const example = (name: CommandName) => commandSpec(name).example.args as Record<string, unknown>;

  test('If the API call has been forwarded multiple times, the sender node contains multiple names separated by a * character.', () => {
    assert.ok(accepts('dapi', { ...example('dapi'), sender: 'worker1' }));
    assert.ok(accepts('dapi', { ...example('dapi'), sender: 'worker1*master*worker2' }));
    assert.ok(!accepts('dapi', { ...example('dapi'), sender: 'worker1**worker2' }));
  });

  test('Responses are sent using send long strings protocol so this request only needs the string ID.', () => {
    assert.deepEqual(keysOf(commandSpec('dapi_res').args), ['id', 'handle', 'text']);
    assert.deepEqual(keysOf(commandSpec('sendsyn_res').args), ['id', 'handle', 'text']);
    assert.deepEqual(keysOf(commandSpec('new_str').reply), ['handle']);
  });

  test('If master had issues sending/processing/receiving worker integrity an error message will be sent instead of the task name and filename.', () => {
    assert.ok(accepts('syn_m_c_e', { task: null, file: null, error: { code: 3115, detail: null } }));
    assert.ok(accepts('syn_m_c_e', { task: 'w1', file: 'manifest.json', error: null }));
  });

  test('Number of updated chunks and chunks with errors (if any) will be sent.', () => {
    assert.ok(accepts('syn_m_a_e', { updated_chunks: 2, error_messages: ['chunk 3'], time_spent: 0.1 }));
    assert.ok(accepts('syn_m_a_e', { updated_chunks: 2, error_messages: [], time_spent: 0.1 }));
  });

  test('Node name parameter is ignored in worker nodes (it’s always sent to the master node).', () => {
    assert.ok(accepts('send_file', { path: 'tmp/x', node: null }));
    assert.ok(accepts('send_file', { path: 'tmp/x', node: 'worker9' }));
  });

  test('To forward the request to all nodes use fw_all_nodes as node name.', () => {
    assert.ok(accepts('dapi_fwd', { ...example('dapi_fwd'), node: 'fw_all_nodes' }));
  });

  test('Used to send keepalives to the peer. Replies the same received message.', () => {
    for (const name of ['echo', 'echo-c', 'echo-m'] as const) {
      const { args, reply } = commandSpec(name);
      assert.equal(args, reply, 'one schema for both, so that every message can come back');
    }
  });

  test('The Wazuh protocol modifies this command to add extra arguments.', () => {
    assert.ok(!accepts('hello', { name: 'worker1' }));
    assert.ok(accepts('hello', example('hello')));
  });
});
