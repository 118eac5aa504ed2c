import { commandSpec, isCommandName, type ReplyOf, wireError } from '../commands.ts';
import { MusterError } from '../errors.ts';
import { encodeMessage, isReply, type Message } from '../frame.ts';
import { musterFormat } from '../frame-decoder.ts';
import { limitsAfterHello, limitsBeforeHello } from '../limits.ts';
import { decodeBulkPayload, encodeBulkFrame } from './bulk.ts';
import { check } from './check.ts';
import type { BulkCommand, BulkData, Dialect } from './dialect.ts';
import { decodeMessagePack, encodeMessagePack } from './msgpack.ts';
import { musterTraits } from './peer-traits.ts';

function encodeValue(counter: number, command: string, value: unknown): Uint8Array[] {
  return encodePacked(counter, command, encodeMessagePack(value));
}

function encodePacked(counter: number, command: string, payload: Uint8Array): Uint8Array[] {
  return encodeMessage({ counter, command, encoding: 1, payload });
}

function decodeValue({ command, encoding, payload }: Message, maxValues?: number): unknown {
  if (encoding !== 1) throw new MusterError(3108, `${command}: not sent as MessagePack`);
  return decodeMessagePack(payload, maxValues);
}

function isBulk(command: string): command is BulkCommand {
  return command === 'file_upd' || command === 'str_upd';
}

/** Muster’s own dialect: arguments are MessagePack maps, bulk data raw bytes. Documented in docs/protocol.md. */
export const musterDialect: Dialect = {
  name: 'muster',
  traits: musterTraits,
  framing: { format: musterFormat, limitsBeforeHello, limitsAfterHello },
  decrypts: false,
  isReply,

  encodeRequest(counter, command, args) {
    if (isBulk(command)) return encodeBulkFrame(counter, command, args as BulkData);
    return encodeValue(counter, command, args);
  },

  encodeReply(counter, _command, reply) {
    return encodeValue(counter, 'ok', reply);
  },

  encodePacked(counter, packed) {
    return encodePacked(counter, 'ok', packed);
  },

  encodeFailure(counter, error) {
    return encodeValue(counter, 'err', error.toWire());
  },

  encodeBulk(counter, command, handle, offset, data) {
    return encodeBulkFrame(counter, command, { handle, offset, data });
  },

  decodeRequest(message) {
    const { command } = message;
    if (!isCommandName(command)) throw new MusterError(3109, command);
    if (isBulk(command)) return { command, args: decodeBulkPayload(message) };
    const { args, maxValues } = commandSpec(command);
    return { command, args: check(args, decodeValue(message, maxValues), command) };
  },

  decodeReply(command, message) {
    const reply = check(commandSpec(command).reply, decodeValue(message), `reply to ${command}`);
    return reply as ReplyOf<typeof command>;
  },

  decodeFailure(message) {
    return MusterError.fromWire(check(wireError, decodeValue(message), 'err'));
  },

  decodeBulk(message) {
    return decodeBulkPayload(message);
  },
};
