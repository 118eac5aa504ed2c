import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeChunkString, encodeChunks } from '../../../src/node/effects/agent-chunks.ts';
import { WrittenRequest } from '../../../src/protocol/dialects/wazuh4/api-request.ts';
import type {
  Wazuh4Args,
  Wazuh4Cluster,
  Wazuh4Reply,
} from '../../../src/protocol/dialects/wazuh4/dialect.ts';
import { wazuh4Format } from '../../../src/protocol/dialects/wazuh4/header.ts';
import { wazuh4ClusterLimits } from '../../../src/protocol/dialects/wazuh4/limits.ts';
import { FrameDecoder, type Message } from '../../../src/protocol/frame.ts';
import { bytesOf, cipherOf, plainOf, type RecordedFrame, receiverOf, recorded } from './recorded.ts';

type Command = Parameters<Wazuh4Cluster['decodeReply']>[0];

/** What is not the same twice: keys of a request in the order of its caller, and the address of an object of Python's. */
const FREE = new Map([
  ['dapi', 'REQ'],
  ['syn_w_g_c', 'RSP'],
]);

function messageOf(frame: RecordedFrame): Message {
  const messages: Message[] = [];
  const decoder = new FrameDecoder(wazuh4ClusterLimits, wazuh4Format);
  decoder.push(bytesOf(frame), (message) => messages.push(message));
  assert.equal(messages.length, 1);
  return messages[0] as Message;
}

/** A request of the distributed API is written as it came: here it is written of what was understood. */
const writtenAnew = (args: unknown) =>
  typeof args === 'object' && args !== null && 'request' in args && args.request instanceof WrittenRequest
    ? { ...args, request: WrittenRequest.of(args.request.asked) }
    : args;

/** Decodes what was recorded, and writes what came out once more. */
function again(frame: RecordedFrame, command: Command): Buffer {
  const message = messageOf(frame);
  const dialect = receiverOf(frame, frame.kind === 'RSP');
  if (frame.kind === 'REQ') {
    const request = dialect.decodeRequest(message);
    const args = writtenAnew(request.args) as Wazuh4Args<never, never>;
    return Buffer.concat(dialect.encodeRequest(frame.counter, request.command, args));
  }
  const reply = dialect.decodeReply(command, message) as Wazuh4Reply<never, never>;
  return Buffer.concat(dialect.encodeReply(frame.counter, command, reply));
}

/** A payload whose JSON is compared value by value: `<id> <JSON>`. */
function valuesOf(payload: Uint8Array): unknown {
  const text = Buffer.from(payload).toString();
  const at = text.indexOf(' ');
  return [text.slice(0, at), JSON.parse(text.slice(at + 1))];
}

describe('recorded traffic of 4.7.5', () => {
  for (const [scenario, frames] of recorded) {
    const commands = new Map<string, Command>();
    for (const [i, frame] of frames.entries()) {
      const name = frame.cmd.slice(0, 11).split(' ', 1)[0] as Command;
      const [own, other] = frame.dir === 'W->M' ? ['W', 'M'] : ['M', 'W'];
      if (frame.kind === 'REQ') commands.set(`${own}${frame.counter}`, name);
      const command = (frame.kind === 'REQ' ? name : commands.get(`${other}${frame.counter}`)) as Command;
      const isFree = FREE.get(command) === frame.kind;
      const how = isFree ? 'field for field' : 'byte for byte';

      test(`${scenario}, frame ${i}: ${frame.cmd} ${frame.dir} comes out again ${how}`, () => {
        const cipher = cipherOf(frame);
        assert.deepEqual(cipher.open(messageOf(frame).payload), plainOf(frame));
        const written = again(frame, command);
        if (!isFree) assert.equal(written.toString('latin1'), bytesOf(frame).toString('latin1'));
        else if (frame.kind === 'REQ') {
          const reread = cipher.open(written.subarray(20));
          assert.deepEqual(valuesOf(reread), valuesOf(plainOf(frame)));
        }
      });
    }
  }

  test('the strings of agent data come out again byte for byte', async () => {
    let seen = 0;
    for (const [scenario, frames] of recorded) {
      if (!scenario.startsWith('agent_')) continue;
      for (const frame of frames) {
        if (!frame.cmd.startsWith('str_upd')) continue;
        const plain = plainOf(frame);
        const content = plain.subarray(plain.indexOf(' ') + 1);
        const { chunks, ...others } = await decodeChunkString(content);
        const written = await encodeChunks({ ...others, chunks: [...chunks] });
        assert.equal(written.toString('latin1'), content.toString('latin1'));
        seen += 1;
      }
    }
    assert.equal(seen, 5);
  });
});
