import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CommandName, commandNames, isCommandName } from '../../src/protocol/commands.ts';
import { musterDialect as muster } from '../../src/protocol/dialects/muster.ts';
import { MAX_ERROR_DETAIL_CHARS, MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { callOf, counter } from './arbitraries.ts';

const RUNS_A_COMMAND = 25;

/** The one message in these chunks, with a payload of its own. */
function messageIn(chunks: readonly Uint8Array[]): Message {
  const messages: Message[] = [];
  const decoder = new FrameDecoder();
  decoder.push(Buffer.concat(chunks), (m) => messages.push({ ...m, payload: Uint8Array.from(m.payload) }));
  assert.equal(messages.length, 1);
  return messages[0] as Message;
}

/** The generated values are typed by the schemas at run time only. */
const encodeRequest = (number: number, command: CommandName, args: unknown) =>
  muster.encodeRequest(number, command, args as never);
const encodeReply = (number: number, command: CommandName, reply: unknown) =>
  muster.encodeReply(number, command, reply as never);

describe('the muster dialect', () => {
  for (const command of commandNames) {
    test(`encode then decode is identity: ${command}`, () => {
      fc.assert(
        fc.property(callOf(command), counter, (call, number) => {
          const request = messageIn(encodeRequest(number, command, call.args));
          assert.equal(request.counter, number);
          assert.equal(request.command, command);
          assert.deepStrictEqual(plain(muster.decodeRequest(request)), plain({ command, args: call.args }));
          const reply = messageIn(encodeReply(number, command, call.reply));
          assert.equal(reply.counter, number);
          assert.equal(reply.command, 'ok');
          assert.deepStrictEqual(muster.decodeReply(command, reply), call.reply);
        }),
        { numRuns: RUNS_A_COMMAND },
      );
    });
  }

  test('any bytes as a payload give arguments or an error with a code, never a crash', () => {
    const anyCommand = fc.oneof(
      fc.constantFrom<string>(...commandNames),
      fc.constant('constructor'),
      fc.constant('zz'),
    );
    fc.assert(
      fc.property(
        anyCommand,
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom(0 as const, 1 as const),
        (command, payload, encoding) => {
          const message = { counter: 1, command, encoding, payload };
          const outcomes = [
            () => muster.decodeRequest(message),
            () => isCommandName(command) && muster.decodeReply(command, message),
            () => muster.decodeFailure(message),
            () => muster.decodeBulk(message),
          ].map(codeOf);
          for (const code of outcomes) assert.ok([0, 3100, 3108, 3109, 3113].includes(code), `code ${code}`);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('arguments that one byte spoils give arguments or an error with a code', () => {
    fc.assert(
      fc.property(
        fc.oneof(...commandNames.map(callOf)),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (call, at, value) => {
          const message = messageIn(encodeRequest(1, call.command, call.args));
          message.payload[at % message.payload.length] = value;
          const code = codeOf(() => muster.decodeRequest(message));
          assert.ok([0, 3100, 3108, 3113].includes(code), `code ${code}`);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('unknown keys and missing keys are refused by name', () => {
    const withKeys = (args: object) => messageIn(encodeRequest(1, 'syn_i_m_w', args));
    assert.throws(() => muster.decodeRequest(withKeys({ digest: '5a'.repeat(64), more: 1 })), {
      code: 3108,
      message: /syn_i_m_w.*more/,
    });
    assert.throws(() => muster.decodeRequest(withKeys({})), { code: 3108, message: /syn_i_m_w.*digest/ });
  });

  test('keys whose value is undefined are left out', () => {
    const message = messageIn(encodeRequest(1, 'get_nodes', { limit: undefined, offset: 3 }));
    assert.deepEqual(muster.decodeRequest(message), { command: 'get_nodes', args: { offset: 3 } });
  });

  test('a command that is not in the table is unknown, whatever objects inherit', () => {
    for (const command of ['constructor', 'ok', 'err', 'nothing']) {
      assert.throws(
        () => muster.decodeRequest({ counter: 1, command, encoding: 1, payload: new Uint8Array([0x80]) }),
        {
          code: 3109,
        },
      );
    }
  });

  test('an error travels with its code and detail, and nothing else', () => {
    const sent = new MusterError(3112, 'etc/rules/a.xml', { cause: new Error('secret') });
    const received = muster.decodeFailure(messageIn(muster.encodeFailure(9, sent)));
    assert.deepEqual(received.toWire(), sent.toWire());
    assert.equal(received.message, sent.message);
    assert.equal(received.cause, undefined);
  });

  test('a detail that is too long is cut, without leaving half a character', () => {
    const sent = new MusterError(1000, `${'x'.repeat(MAX_ERROR_DETAIL_CHARS - 1)}😀`);
    const received = muster.decodeFailure(messageIn(muster.encodeFailure(9, sent)));
    assert.equal(received.detail?.length, MAX_ERROR_DETAIL_CHARS);
  });

  test('an error of a peer is checked like everything else', () => {
    const failure = (value: unknown) => ({
      ...messageIn(encodeReply(1, 'get_status', value)),
      command: 'err',
    });
    for (const value of [{ code: 3112 }, { code: -1, detail: null }, { code: 'x', detail: null }]) {
      assert.throws(() => muster.decodeFailure(failure(value)), { code: 3108 });
    }
    assert.equal(muster.decodeFailure(failure({ code: 60_000, detail: null })).message, 'Unknown error');
  });

  test('bulk data is one frame of handle, offset and data, and the data is not copied', () => {
    const data = new Uint8Array([1, 2, 3]);
    const offset = 2 ** 33 + 5;
    const chunks = muster.encodeBulk(4, 'file_upd', 7, offset, data);
    assert.equal(chunks[1], data);
    assert.deepEqual(muster.decodeBulk(messageIn(chunks)), { handle: 7, offset, data });
  });

  test('what cannot be sent as bulk data is refused at the sender', () => {
    const send = (handle: number, offset: number, size: number) =>
      codeOf(() => muster.encodeBulk(1, 'file_upd', handle, offset, new Uint8Array(size)));
    assert.equal(send(-1, 0, 1), 3018);
    assert.equal(send(1, 2 ** 53, 1), 3018);
    assert.equal(send(1, 0, 5_242_869), 3113);
    assert.equal(send(1, 0, 5_242_868), 0);
  });

  test('messages that follow a huge one do not keep its buffer in memory', () => {
    encodeReply(1, 'echo', { data: 'x'.repeat(1_000_000) });
    const [small] = encodeReply(1, 'echo', { data: 'x'.repeat(2000) }).slice(1);
    assert.ok((small as Uint8Array).buffer.byteLength < 100_000);
  });
});

/** Buffers and plain arrays of bytes count as equal. */
function plain(request: { command: string; args: unknown }): unknown {
  const args = request.args as Record<string, unknown>;
  return args.data instanceof Uint8Array ? { ...request, args: { ...args, data: [...args.data] } } : request;
}

function codeOf(run: () => unknown): number {
  try {
    run();
    return 0;
  } catch (error) {
    assert.ok(error instanceof MusterError, String(error));
    return error.code;
  }
}
