import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { LOCAL_IDLE_MS, LOCAL_OWN_PENDING_BYTES, MAX_LOCAL_PENDING_BYTES } from '../../src/node/settings.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { headerBytes } from '../../src/protocol/header.ts';
import { MAX_PAYLOAD_BYTES } from '../../src/protocol/limits.ts';
import { DapiCluster } from './dapi-cluster.ts';

/** So many half messages of one frame have room. */
const HALVES = Math.floor(MAX_LOCAL_PENDING_BYTES / (MAX_PAYLOAD_BYTES - LOCAL_OWN_PENDING_BYTES));
const COUNTER = 5;
/** The memory for a payload is taken with its first byte. */
const HALF = Buffer.concat([
  headerBytes({
    counter: COUNTER,
    payloadBytes: MAX_PAYLOAD_BYTES,
    command: 'dapi',
    divided: false,
    encoding: 1,
  }),
  Buffer.alloc(1),
]);

let dapi: DapiCluster;
afterEach(() => dapi.close());

/** A program at the local socket that says what it likes. */
class RawClient {
  readonly socket: Socket;
  readonly heard: Message[] = [];
  isClosed = false;

  constructor(home: string) {
    this.socket = connect(join(home, 'queue/cluster/c-internal.sock'));
    const decoder = new FrameDecoder();
    this.socket.on('data', (chunk) =>
      decoder.push(chunk, (message) =>
        this.heard.push({ ...message, payload: Buffer.from(message.payload) }),
      ),
    );
    this.socket.on('error', () => {
      // To be dropped is what it has to expect.
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  /** What it was refused, if it was. */
  get refusal() {
    const [first] = this.heard;
    if (first?.command !== 'err') return null;
    return { counter: first.counter, code: musterDialect.decodeFailure(first).code };
  }
}

/** As many clients with half a message as have room, and the last one that has none. */
async function crowd(): Promise<{ halves: RawClient[]; late: RawClient }> {
  const { cluster } = dapi;
  const { home } = cluster.master;
  const halves: RawClient[] = [];
  for (let i = 0; i <= HALVES; i += 1) {
    const client = new RawClient(home);
    client.socket.write(HALF);
    halves.push(client);
  }
  await cluster.until('one to be turned away', () => halves.some(({ refusal }) => refusal !== null));
  const late = halves.find(({ refusal }) => refusal !== null);
  assert.ok(late);
  halves.splice(halves.indexOf(late), 1);
  return { halves, late };
}

describe('Local protocol: messages that are begun and not finished', () => {
  test('beyond what all clients may hold together the one that asks for more is told and closed; the others go on', async () => {
    dapi = await DapiCluster.start({ workers: 0 });
    const { cluster } = dapi;
    const client = await dapi.client(cluster.master);
    const { halves, late } = await crowd();
    assert.deepEqual(late.refusal, { counter: COUNTER, code: 3110 });
    await cluster.until('it to be closed', () => late.isClosed);
    // Who is closed may know it before that is told.
    await cluster.until('that to be told', () =>
      /Dropped client \d+ of the local socket: Error 3110 - /.test(cluster.master.log.text()),
    );
    assert.equal((await client.command('get_config', {})).node_name, 'master');
    assert.ok(halves.every(({ isClosed, heard }) => !isClosed && heard.length === 0));
    const [first] = halves;
    first?.socket.write(Buffer.alloc(MAX_PAYLOAD_BYTES - 1));
    await cluster.until('the end of a message to be answered', () => first?.heard.length === 1);
    for (const { socket } of halves) socket.destroy();
  });

  test('a client that asks nothing and leaves half a message behind is dropped with 3127, and its room is free', async () => {
    dapi = await DapiCluster.start({ workers: 0 });
    const { cluster } = dapi;
    const { halves } = await crowd();
    await cluster.pass(LOCAL_IDLE_MS + 1_000);
    await cluster.until('all to be dropped', () => halves.every(({ isClosed }) => isClosed));
    const dropped = () =>
      cluster.master.log
        .text()
        .split('\n')
        .filter((line) => /Dropped client \d+ of the local socket: Error 3127 - /.test(line)).length;
    await cluster.until('that to be told', () => dropped() > 0);
    assert.ok(dropped() < halves.length, 'so many lines, and no more');
    const next = new RawClient(cluster.master.home);
    next.socket.write(HALF);
    next.socket.write(Buffer.alloc(MAX_PAYLOAD_BYTES - 1));
    await cluster.until('the next one to be answered', () => next.heard.length === 1);
    assert.notEqual(next.refusal?.code, 3110);
    next.socket.destroy();
  });
});
