import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { localRequest } from '../../src/local/client.ts';
import { LocalLink } from '../../src/local/local-link.ts';
import { systemClock } from '../../src/node/clock.ts';
import { type CommandName, commandNames, commandSpec, receives } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import type { Connection, ConnectionEvents } from '../../src/transport/transport.ts';
import { ClusterInProcess } from './cluster-in-process.ts';

/** What a command is refused with that an end does not serve. */
const NOT_SERVED = 3109;
const askedOf = (command: CommandName) => commandSpec(command).example.args as never;
/** Pieces belong to what was announced, and are looked at with that. */
const whole = commandNames.filter((command) => commandSpec(command).bulk !== true);

describe('who the table says receives a command serves it, and nobody else does', () => {
  test('pieces are received where their announcements are', () => {
    assert.deepEqual(commandSpec('str_upd').receivers, commandSpec('new_str').receivers);
    assert.deepEqual(commandSpec('file_upd').receivers, commandSpec('new_file').receivers);
  });

  test('at the local sockets of a master and a worker', async () => {
    const cluster = await ClusterInProcess.start({ clock: systemClock });
    try {
      for (const [node, end] of [
        [cluster.master, 'local-master'],
        [cluster.worker(), 'local-worker'],
      ] as const) {
        const served: CommandName[] = [];
        for (const command of whole) {
          const code = await localRequest(node.home, command, askedOf(command), { timeoutMs: 500 }).then(
            () => 0,
            (error) => MusterError.from(error).code,
          );
          if (code !== NOT_SERVED) served.push(command);
        }
        assert.deepEqual(
          served,
          whole.filter((command) => receives(end, command)),
          end,
        );
      }
    } finally {
      await cluster.close();
    }
  });

  test('by a client of the local socket', () => {
    const served = whole.filter((command) => {
      const reply = replyOfClient(command);
      return reply.command !== 'err' || musterDialect.decodeFailure(reply).code !== NOT_SERVED;
    });
    assert.deepEqual(
      served,
      whole.filter((command) => receives('local-client', command)),
    );
  });
});

/** What a client answers to a request of its daemon. */
function replyOfClient(command: CommandName): Message {
  let events: ConnectionEvents | null = null;
  const replies: Message[] = [];
  const decoder = new FrameDecoder();
  const connection = {
    start: (heard: ConnectionEvents) => {
      events = heard;
    },
    write: (chunks: Uint8Array[]) => {
      decoder.push(Buffer.concat(chunks), (message) => replies.push(message));
      return true;
    },
    destroy: () => {},
  } as unknown as Connection;
  new LocalLink(connection, { answered: () => {}, failed: () => {}, closed: () => {} });
  const frames = musterDialect.encodeRequest(1, command, askedOf(command));
  (events as ConnectionEvents | null)?.data(Buffer.concat(frames));
  const [reply] = replies;
  if (reply === undefined) throw new Error(`${command} was not answered`);
  return reply;
}
