import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { decodeFailure } from '../../../src/protocol/dialects/wazuh4/failures.ts';
import { errorTable } from '../../../src/protocol/errors.ts';
import { Fernet } from '../../../src/transport/fernet.ts';
import { callOf, rows } from '../../protocol/wazuh4/calls.ts';
import { readOrRefuseNow, type Target } from '../target.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const CODES = [3036, 3108, 3113, 3114];

const codecs = rows.flatMap(([, , { args, reply }]) => [args, reply]);
const input = (codec: number, payload: Uint8Array) => Uint8Array.from([codec, ...payload]);
const said = fc.oneof(
  ...rows.flatMap(([table, command], i) =>
    callOf(table, command).map((values, isReply) =>
      values.map((value) => {
        const number = 2 * i + isReply;
        return input(number, Buffer.concat(codecs[number]?.encode(value) ?? []));
      }),
    ),
  ),
);

const prototypeKeys = () => Reflect.ownKeys(Object.prototype).length;
const KEYS_BEFORE = prototypeKeys();

/** What an original says, as it was opened: a value that is written and read as the same, or a refusal. */
export const wazuh4MessagesTarget: Target = {
  name: 'wazuh4-messages',
  maxMemoryBytes: 32 * 1024 * 1024,
  samples: async () => fc.sample(said, { seed: 1, numRuns: 300 }),
  generated: fc.oneof(said, fc.uint8Array({ maxLength: 80 })),
  run(bytes) {
    const number = bytes[0] ?? 0;
    const codec = codecs[number % codecs.length];
    assert.ok(codec);
    const payload = Buffer.from(bytes.subarray(1));
    const outcome = readOrRefuseNow(CODES, () => codec.decode(payload));
    const failure = decodeFailure(payload);
    assert.ok(Object.hasOwn(errorTable, failure.code));
    assert.doesNotMatch(failure.message, /\p{Cc}/u, 'nothing that a terminal could take for a command');
    assert.equal(prototypeKeys(), KEYS_BEFORE);
    if ('refused' in outcome) return;
    const written = Buffer.concat((codec.encode as (value: unknown) => Uint8Array[])(outcome.result));
    assert.deepEqual(
      codec.decode(written),
      outcome.result,
      'what was accepted is written and read as the same',
    );
  },
};

/** A tag that is right, whatever it stands behind. */
function signed(raw: Uint8Array): Buffer {
  const tag = createHmac('sha256', KEY.slice(0, 16)).update(raw).digest();
  return Buffer.from(Buffer.concat([raw, tag]).toString('base64'));
}

const cipher = new Fernet(KEY);
function tokenOf(plain: Uint8Array): Buffer {
  const target = Buffer.alloc(cipher.sealedBytes(plain.length));
  cipher.seal([plain], plain.length, target, 0);
  return target;
}
const tokens = fc.uint8Array({ maxLength: 80 }).map((plain) => Uint8Array.from(tokenOf(plain)));

/** What an original sends: opened, or refused with 3025; with a tag that is right too. */
export const wazuh4TokensTarget: Target = {
  name: 'wazuh4-tokens',
  maxMemoryBytes: 16 * 1024 * 1024,
  samples: async () => fc.sample(tokens, { seed: 1, numRuns: 20 }),
  generated: fc.oneof(tokens, fc.uint8Array({ maxLength: 200 })),
  run(bytes) {
    const raw = Buffer.from(Buffer.from(bytes).toString('latin1'), 'base64url').subarray(0, -32);
    for (const token of [bytes, signed(raw)]) {
      const outcome = readOrRefuseNow([3025], () => cipher.open(token));
      if ('result' in outcome) assert.equal(cipher.sealedBytes(outcome.result.length), token.length);
    }
  },
};
