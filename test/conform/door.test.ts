import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_WAITING_CONNECTIONS } from '../../src/conform/limits.ts';
import type { Tongue } from '../../src/conform/target.ts';
import { Door } from '../../src/conform/worker/door.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Connection, ListenOptions } from '../../src/transport/transport.ts';
import { waitFor } from '../harness/wait-for.ts';

/** A door, and the port behind it. */
async function setUp() {
  let port: ListenOptions | undefined;
  let isClosed = false;
  const tongue = {
    listen: async (_name: string, options: ListenOptions) => {
      port = options;
      return {
        address: 'here:1',
        close: async () => {
          isClosed = true;
        },
      };
    },
  } as unknown as Tongue;
  const waits: string[] = [];
  const door = new Door((what, timeoutMs, work) => {
    waits.push(`${what}, ${timeoutMs}`);
    return work;
  });
  await door.open(tongue, 'master');
  if (port === undefined) throw new Error('nobody listens');
  return { door, port, waits, isClosed: () => isClosed };
}

/** Somebody connects. */
function knock(port: ListenOptions): { connection: Connection; isDropped: () => boolean } {
  const [connection, other] = memoryPair();
  let isDropped = false;
  other.start({
    data: () => {},
    drain: () => {},
    end: () => other.end(),
    close: () => {
      isDropped = true;
    },
  });
  port.onConnection(connection);
  return { connection, isDropped: () => isDropped };
}

describe('the door at which a tested worker knocks', () => {
  it('lets in who is there already, and who comes while somebody waits', async () => {
    const { door, port, waits } = await setUp();
    const first = knock(port);
    assert.equal(await door.next(1_000, 'a worker'), first.connection);
    const waiting = door.next(1_000, 'worker1');
    const second = knock(port);
    assert.equal(await waiting, second.connection);
    assert.deepEqual(waits, ['a worker to connect to here:1, 1000', 'worker1 to connect to here:1, 1000']);
  });

  it('drops the oldest of more connections than it keeps', async () => {
    const { door, port } = await setUp();
    const knocks = Array.from({ length: MAX_WAITING_CONNECTIONS + 1 }, () => knock(port));
    assert.equal(await door.next(1_000, 'a worker'), knocks[1]?.connection);
    await waitFor('the oldest to be dropped', () => knocks[0]?.isDropped() === true);
    assert.deepEqual(
      knocks.map(({ isDropped }) => isDropped()),
      knocks.map((_, index) => index === 0),
    );
  });

  it('says in the end that nobody came, and who was not let in', async () => {
    const { door, port } = await setUp();
    port.onRejected('there:2', new MusterError(3106, 'another key'));
    await assert.rejects(door.next(1, 'a worker'), {
      code: 3023,
      message: /there:2 was not let in: Error 3106/,
    });
  });

  it('drops whoever waits when it is closed', async () => {
    const { door, port, isClosed } = await setUp();
    const late = knock(port);
    await door.close();
    assert.ok(isClosed());
    await waitFor('it to be dropped', () => late.isDropped());
  });
});
