import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CommandName, commandSpec } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { noCipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { wazuh4Cluster, wazuh4Local } from '../../src/protocol/dialects/wazuh4/dialect.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { MAX_REQUEST_VALUES } from '../../src/protocol/limits.ts';
import { MAX_REQUEST_AGENTS } from '../../src/requests/limits.ts';

/** The code of what refuses this; 0 if nothing does. */
function codeOf(decode: () => unknown): number {
  try {
    decode();
    return 0;
  } catch (error) {
    assert.ok(error instanceof MusterError);
    return error.code;
  }
}

function messageOf(frames: readonly Uint8Array[]): Message {
  const messages: Message[] = [];
  new FrameDecoder().push(Buffer.concat(frames), (message) => messages.push(message));
  const [message] = messages;
  if (message === undefined) throw new Error('no message');
  return message;
}

describe('a request with many values is refused before they are made', () => {
  const zeros = (count: number) => Array.from({ length: count }, () => 0);
  const example = commandSpec('dapi').example.args as { request: object };

  const ways: [command: CommandName, args: (list: readonly unknown[]) => object][] = [
    ['dapi', (list) => ({ ...example, request: { ...example.request, args: { list } } })],
    ['dapi_fwd', (list) => ({ node: 'worker1', request: { ...example.request, args: { list } } })],
    ['sendsync', (list) => ({ ...(commandSpec('sendsync').example.args as object), message: { list } })],
  ];
  for (const [command, argsOf] of ways) {
    test(`${command} of Muster’s own`, () => {
      const decode = (list: readonly unknown[]) => () =>
        musterDialect.decodeRequest(
          messageOf(musterDialect.encodeRequest(1, command, argsOf(list) as never)),
        );
      assert.equal(
        codeOf(decode(Array.from({ length: MAX_REQUEST_AGENTS }, (_, i) => String(100_000 + i)))),
        0,
      );
      assert.equal(codeOf(decode(zeros(MAX_REQUEST_VALUES))), 3113);
    });
  }

  const callable = { __name__: 'f', __module__: 'm', __qualname__: 'f', __type__: 'function' };
  const request = (list: readonly unknown[]) =>
    JSON.stringify({ f: { __callable__: callable }, f_kwargs: { list } });
  const message = (list: readonly unknown[]) => JSON.stringify({ daemon_name: 'authd', message: { list } });
  const master = wazuh4Cluster('master', noCipher);
  const theirs = [
    [master, 'dapi', (list: readonly unknown[]) => `1 ${request(list)}`],
    [master, 'sendsync', (list: readonly unknown[]) => `1 ${message(list)}`],
    [wazuh4Local('local-master'), 'dapi', request],
    [wazuh4Local('local-master'), 'dapi_fwd', (list: readonly unknown[]) => `w ${request(list)}`],
    [wazuh4Local('local-worker'), 'sendasync', message],
  ] as const;
  for (const [dialect, command, payloadOf] of theirs) {
    test(`${command} of Wazuh 4.x, ${dialect === master ? 'between nodes' : 'of a local client'}`, () => {
      const decode = (list: readonly unknown[]) => () =>
        dialect.decodeRequest({ counter: 1, command, encoding: 0, payload: Buffer.from(payloadOf(list)) });
      assert.equal(codeOf(decode(zeros(MAX_REQUEST_AGENTS))), 0);
      assert.equal(codeOf(decode(zeros(MAX_REQUEST_VALUES))), 3113);
    });
  }
});
