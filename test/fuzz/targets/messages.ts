import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CommandName, commandNames } from '../../../src/protocol/commands.ts';
import { encodeMessagePack } from '../../../src/protocol/dialects/msgpack.ts';
import { musterDialect } from '../../../src/protocol/dialects/muster.ts';
import type { Message } from '../../../src/protocol/frame.ts';
import { anyCall } from '../../protocol/arbitraries.ts';
import { readOrRefuseNow, type Target } from '../target.ts';

const CODES = [3100, 3108, 3109, 3113];
const isBulk = (command: string) => command === 'file_upd' || command === 'str_upd';

/** An input is the number of a command, 0 for its arguments or 1 for its reply, and the payload. */
const input = (command: string, isReply: boolean, payload: Uint8Array) =>
  Uint8Array.from([commandNames.indexOf(command as CommandName), isReply ? 1 : 0, ...payload]);

const calls = fc
  .tuple(
    anyCall.filter(({ command }) => !isBulk(command)),
    fc.boolean(),
  )
  .map(([{ command, args, reply }, isReply]) =>
    input(command, isReply, encodeMessagePack(isReply ? reply : args)),
  );
const bulk = fc
  .tuple(fc.constantFrom('file_upd', 'str_upd'), fc.uint8Array({ maxLength: 40 }))
  .map(([command, payload]) => input(command, false, payload));

/** What hangs on every object must stay what it is, whatever keys a peer sends. */
const prototypeKeys = () => Reflect.ownKeys(Object.prototype).length;
const KEYS_BEFORE = prototypeKeys();

/** The payloads of a peer: a value of the right shape, or a refusal. */
export const messagesTarget: Target = {
  name: 'messages',
  maxMemoryBytes: 32 * 1024 * 1024,
  samples: async () => fc.sample(fc.oneof(calls, bulk), { seed: 1, numRuns: 200 }),
  generated: fc.oneof(calls, bulk, fc.uint8Array({ maxLength: 80 })),
  run(bytes) {
    const command = commandNames[(bytes[0] ?? 0) % commandNames.length] as CommandName;
    const isReply = ((bytes[1] ?? 0) & 1) === 1;
    const encoding = isBulk(command) && !isReply ? 0 : 1;
    const message: Message = {
      counter: 1,
      command: isReply ? 'ok' : command,
      encoding,
      payload: bytes.subarray(2),
    };
    const read = (from: Message): unknown =>
      isReply ? musterDialect.decodeReply(command, from) : musterDialect.decodeRequest(from).args;
    const outcome = readOrRefuseNow(CODES, () => read(message));
    readOrRefuseNow(CODES, () => musterDialect.decodeFailure({ ...message, command: 'err', encoding: 1 }));
    assert.equal(prototypeKeys(), KEYS_BEFORE);
    if ('refused' in outcome || encoding === 0) return;
    const again = { ...message, payload: encodeMessagePack(outcome.result) };
    assert.deepEqual(read(again), outcome.result, 'what was accepted is written and read as the same');
  },
};
