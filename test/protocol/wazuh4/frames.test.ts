import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { musterDialect } from '../../../src/protocol/dialects/muster.ts';
import { noCipher } from '../../../src/protocol/dialects/wazuh4/cipher.ts';
import { encodeWazuh4Message } from '../../../src/protocol/dialects/wazuh4/frames.ts';
import { beginsWithWazuh4Hello, wazuh4Format } from '../../../src/protocol/dialects/wazuh4/header.ts';
import {
  WAZUH4_MAX_PARTS,
  wazuh4ClusterLimits,
  wazuh4LimitsBeforeHello,
} from '../../../src/protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../../src/protocol/frame.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/protocol/limits.ts';
import { Fernet } from '../../../src/transport/fernet.ts';
import { counter } from '../arbitraries.ts';

const division = { undividedBytes: 44, partBytes: 44 };
const limits = { maxPayloadBytes: 64, maxMessageBytes: 300, maxDividedMessages: 2, maxPendingBytes: 500 };

interface Plain {
  counter: number;
  command: string;
  payload: Uint8Array;
}
const message: fc.Arbitrary<Plain> = fc.record(
  {
    counter,
    command: fc.constantFrom('echo', 'syn_i_w_m_p', 'ok', 'ok ', 'ok-m ', 'err'),
    payload: fc.uint8Array({ maxLength: 250 }),
  },
  { noNullPrototype: true },
);
const framesOf = ({ counter, command, payload }: Plain) =>
  encodeWazuh4Message({ counter, command, plain: [payload] }, noCipher, division);

/** A header with any field. */
function header(command: string, payloadBytes: number, counter = 1): Buffer {
  const bytes = Buffer.alloc(20, '-');
  bytes.writeUInt32BE(counter, 0);
  bytes.writeUInt32BE(payloadBytes, 4);
  bytes.write(command, 8, 'latin1');
  return bytes;
}

function decode(chunks: readonly Uint8Array[], decoder = new FrameDecoder(limits, wazuh4Format)) {
  const messages: Message[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk, (m) => messages.push({ ...m, payload: Uint8Array.from(m.payload) }));
      assert.ok(decoder.pendingBytes <= limits.maxPendingBytes, `${decoder.pendingBytes} bytes are held`);
    }
    return { messages, error: null };
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    return { messages, error: error.message };
  }
}

const commandsOf = (chunks: readonly Uint8Array[]) => decode(chunks).messages.map(({ command }) => command);
const codeOf = (work: () => unknown): number => {
  try {
    work();
    return 0;
  } catch (error) {
    return MusterError.from(error).code;
  }
};

describe('frames of wazuh4', () => {
  const headers: [command: string, counter: number, cipher: boolean, payload: string, hex: string][] = [
    ['hello', 0x01020304, true, 'worker1 wazuh worker 4.7.5', '010203040000007868656c6c6f202d2d2d2d2d2d'],
    ['syn_i_w_m_p', 5, true, '', '000000050000006473796e5f695f775f6d5f7020'],
    ['ok', 0xdeadbeef, false, 'hi', 'deadbeef000000026f6b202d2d2d2d2d2d2d2d2d'],
    ['syn_g_m_w_c', 1, false, '{}', '000000010000000273796e5f675f6d5f775f6320'],
  ];
  for (const [command, number, isSealed, payload, hex] of headers) {
    test(`the header of ${command} is that of the reference`, () => {
      const cipher = isSealed ? new Fernet('0123456789abcdef0123456789abcdef') : noCipher;
      const plain = [Buffer.from(payload)];
      const [frame] = encodeWazuh4Message({ counter: number, command, plain }, cipher);
      assert.equal(frame?.toString('hex', 0, 20), hex);
    });
  }

  test('a divided message is divided where the reference divides, each part with its flag', () => {
    const fieldsOf = (command: string) =>
      framesOf({ counter: 3, command, payload: Buffer.alloc(100, 'A') }).map((frame) => [
        frame.length,
        frame.toString('latin1', 8, 20),
      ]);
    assert.deepEqual(fieldsOf('echo'), [
      [64, 'echo ------d'],
      [64, 'echo ------d'],
      [32, 'echo -------'],
    ]);
    assert.deepEqual(
      fieldsOf('syn_g_m_w_c').map(([, field]) => field),
      ['syn_g_m_w_cd', 'syn_g_m_w_cd', 'syn_g_m_w_c-'],
    );
  });

  test('a message is divided by the length of its plaintext, after it has been sealed', () => {
    const cipher = new Fernet('0123456789abcdef0123456789abcdef');
    const sizesOf = (plainBytes: number) =>
      encodeWazuh4Message({ counter: 1, command: 'echo', plain: [Buffer.alloc(plainBytes)] }, cipher).map(
        ({ length }) => length - 20,
      );
    assert.deepEqual(sizesOf(5_242_880), [6_990_604]);
    assert.deepEqual(sizesOf(5_242_881), [5_242_860, 1_747_744]);
  });

  test('header and payload are one buffer, so that they are one write', () => {
    fc.assert(
      fc.property(message, (m) => {
        for (const frame of framesOf(m)) assert.equal(frame.length, 20 + frame.readUInt32BE(4));
      }),
    );
  });

  test('any messages come out of any splits as they went in, within the memory bound', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), cuts, (messages, sizes) => {
        const stream = Buffer.concat(messages.flatMap(framesOf));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(stream.subarray(at, at + size));
          at = Math.min(at + size, stream.length);
        }
        const expected = messages.map(({ counter, command, payload }) => ({
          counter,
          command: command.trimEnd(),
          encoding: 0,
          payload,
        }));
        const result = decode([...chunks, stream.subarray(at)]);
        assert.deepEqual(result, { messages: expected, error: null });
      }),
      { numRuns: 300 },
    );
  });

  test('a header that ends where a read ends, at byte 20, is no other than any', () => {
    const stream = Buffer.concat(framesOf({ counter: 1, command: 'hello', payload: Buffer.from('a b c d') }));
    for (let cut = 0; cut <= stream.length; cut += 1)
      assert.deepEqual(commandsOf([stream.subarray(0, cut), stream.subarray(cut)]), ['hello'], `byte ${cut}`);
    assert.deepEqual(commandsOf([...stream].map((byte) => Uint8Array.of(byte))), ['hello']);
  });

  test('a command ends at its first space, and dashes are a part of it', () => {
    assert.deepEqual(commandsOf([header('echo ', 0)]), ['echo']);
    assert.deepEqual(commandsOf([header('echo        ', 0)]), ['echo'], 'padded with spaces');
    assert.deepEqual(commandsOf([header('echo', 0)]), ['echo-------'], 'padded with dashes alone');
    assert.deepEqual(commandsOf([header('ok-m  ', 0)]), ['ok-m']);
    assert.deepEqual(commandsOf([header('syn_i_w_m_p ', 0)]), ['syn_i_w_m_p']);
    assert.deepEqual(commandsOf([header('syn_i_w_m_p\0', 0)]), ['syn_i_w_m_p'], 'only d is a flag');
  });

  test('parts of two messages may be interleaved, and parts may be small', () => {
    const part = (command: string, number: number, text: string) =>
      Buffer.concat([header(command, text.length, number), Buffer.from(text)]);
    const { messages } = decode([
      part('echo ------d', 1, 'a'),
      part('dapi ------d', 2, 'x'),
      part('echo ------d', 1, 'b'),
      part('echo -------', 1, 'c'),
      part('dapi -------', 2, 'y'),
    ]);
    assert.deepEqual(
      messages.map(({ command, payload }) => `${command} ${Buffer.from(payload)}`),
      ['echo abc', 'dapi xy'],
    );
  });

  const bad: [what: string, code: number, bytes: Buffer][] = [
    ['a length of 4 GiB', 3113, header('echo ', 0xffff_ffff)],
    ['a payload beyond the limit', 3113, header('echo ', 65)],
    ['a command of other bytes', 3100, header('ec\x00ho ', 0)],
    ['no command', 3100, header(' ', 0)],
    ['a part that is empty', 3100, header('echo ------d', 0)],
    ['HTTP', 3100, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n')],
  ];
  for (const [what, code, bytes] of bad) {
    test(`${what} is refused at the header, and nothing is held`, () => {
      const decoder = new FrameDecoder(limits, wazuh4Format);
      assert.equal(
        codeOf(() => decoder.push(bytes, () => assert.fail('a message'))),
        code,
      );
      assert.equal(decoder.pendingBytes, 0);
    });
  }

  test('a divided message of too many parts, or of too many bytes, is refused', () => {
    const decoder = new FrameDecoder(wazuh4ClusterLimits, wazuh4Format);
    const part = Buffer.concat([header('echo ------d', 1), Buffer.from('a')]);
    for (let i = 0; i < WAZUH4_MAX_PARTS; i += 1) decoder.push(part, () => assert.fail('a message'));
    assert.equal(
      codeOf(() => decoder.push(part, () => {})),
      3113,
    );
    const long = Buffer.concat([header('echo ------d', 64), Buffer.alloc(64)]);
    assert.match(decode([long, long, long, long, long]).error ?? '', /more than 300 bytes/);
  });

  test('before hello one small frame is taken, and no part of one', () => {
    const decoder = () => new FrameDecoder(wazuh4LimitsBeforeHello, wazuh4Format);
    assert.equal(
      codeOf(() => decoder().push(header('hello ', 4097), () => {})),
      3113,
    );
    assert.equal(
      codeOf(() => decoder().push(header('hello -----d', 100), () => {})),
      3113,
    );
    assert.equal(
      codeOf(() => decoder().push(header('hello ', 4096), () => {})),
      0,
    );
  });

  test('what cannot be sent is not encoded', () => {
    const send = (command: string, number = 1, plainBytes = 0) =>
      codeOf(() =>
        encodeWazuh4Message({ counter: number, command, plain: [Buffer.alloc(plainBytes)] }, noCipher),
      );
    assert.equal(send('sendsync_err'), 3024);
    assert.equal(send('a b'), 3024);
    assert.equal(send('echo', -1), 3018);
    assert.equal(send('echo', 2 ** 32), 3018);
    assert.equal(send('echo', 1, MAX_MESSAGE_BYTES + 1), 3113);
  });
});

describe('what a stream begins with', () => {
  const ours = encodeWazuh4Message(
    { counter: 0x16030301, command: 'hello', plain: [] },
    noCipher,
  )[0] as Buffer;
  const clientHello = Buffer.from('16030100f8010000f40303a1b2c3d4e5f60708', 'hex');

  test('the hello of a Wazuh 4.x node is known by its command, whatever its counter', () => {
    for (let size = 0; size < 14; size += 1)
      assert.equal(beginsWithWazuh4Hello(ours.subarray(0, size)), null, `${size} bytes`);
    assert.equal(beginsWithWazuh4Hello(ours), true);
    assert.equal(beginsWithWazuh4Hello(ours.subarray(0, 14)), true);
  });

  test('a TLS ClientHello, a hello of Muster’s own and garbage are not taken for one', () => {
    const [muster] = musterDialect.encodeRequest(1, 'hello', {
      name: 'worker1',
      cluster: 'wazuh',
      type: 'worker',
      version: '0.1.0',
      protocol: { min: 1, max: 1 },
      features: [],
      node: '0'.repeat(32),
      session: 1,
    });
    for (const other of [clientHello, muster as Uint8Array, Buffer.from('GET / HTTP/1.1\r\n')])
      assert.equal(beginsWithWazuh4Hello(other), false);
  });
});
