import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { MAX_INCOMING_TRANSFERS } from '../../machines/transfer/limits.ts';
import { rootDigest } from '../../src/files/root-digest.ts';
import { MAX_UNANSWERED_REQUESTS, MAX_UNREAD_BYTES } from '../../src/node/channel.ts';
import { MAX_WAITING_LISTS } from '../../src/node/effects/list-answers.ts';
import { MAX_HELD_STRING_BYTES } from '../../src/node/transfers/limits.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { headerBytes } from '../../src/protocol/header.ts';
import {
  MAX_DIVIDED_MESSAGES,
  MAX_MESSAGE_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_PENDING_BYTES,
} from '../../src/protocol/limits.ts';
import { waitFor } from '../e2e/cluster.ts';
import { MAX_LIST_BYTES, MAX_PEER_BYTES, MAX_ROUND_BYTES } from '../harness/docs/costs.ts';
import { costOfList, LISTS, largestList } from './lists.ts';
import { WatchedMaster } from './master.ts';
import { RawPeer } from './raw-peer.ts';

const MIB = 1024 * 1024;
/** What a process holds more or less of without any peer. */
const NOISE_BYTES = 8 * MIB;
/** Time in which the master of this test gives up what was announced and does not come. */
const PROGRESS_SECONDS = 1;
const DIGEST = 'ab'.repeat(64);

describe('what a peer that was admitted can cost a master', () => {
  let master: WatchedMaster;
  let peers: RawPeer[] = [];
  before(async () => {
    master = await WatchedMaster.start('none', {
      intervals: { communication: { timeout_receiving_file: PROGRESS_SECONDS } },
    });
    await waitFor('the first scan', () => /Calculated metadata/.test(master.output));
  });
  after(() => master.close());
  afterEach(() => {
    for (const peer of peers) peer.close();
    peers = [];
  });

  const join = async (name: string) => {
    const peer = await RawPeer.connect(master.cluster.port, name);
    peers.push(peer);
    return peer;
  };
  const heldSince = async (idleBytes: number) => (await master.held()).heldBytes - idleBytes;
  const part = (counter: number) =>
    headerBytes({ counter, payloadBytes: MAX_PAYLOAD_BYTES, command: 'echo', divided: true, encoding: 1 });
  const payload = Buffer.alloc(MAX_PAYLOAD_BYTES);

  it('all that it may hold at once stays within the sum, is not taken twice, and is free when it has gone', async () => {
    const idle = (await master.held()).heldBytes;
    const [greedy, modest] = [await join('greedy'), await join('modest')];
    const half = MAX_HELD_STRING_BYTES / 2;
    for (let i = 0; i < 2; i += 1) await greedy.ask('new_str', { size: half, digest: DIGEST });
    await assert.rejects(greedy.ask('new_str', { size: 1, digest: DIGEST }), { code: 3113 });
    const parts = Math.floor(MAX_MESSAGE_BYTES / MAX_PAYLOAD_BYTES);
    for (let sent = 0; sent < parts; sent += 1)
      greedy.write(part(1_000 + (sent % MAX_DIVIDED_MESSAGES)), payload);
    await greedy.ask('echo', { data: 'all of it has come' });
    const heldBytes = await heldSince(idle);
    assert.ok(heldBytes >= parts * MAX_PAYLOAD_BYTES, 'it is held, so it is measured');
    assert.ok(heldBytes <= MAX_HELD_STRING_BYTES + MAX_PENDING_BYTES + NOISE_BYTES, `${heldBytes} bytes`);
    assert.ok(heldBytes <= MAX_PEER_BYTES);
    assert.deepEqual(await modest.ask('echo', { data: 'and others are served' }), {
      data: 'and others are served',
    });
    greedy.write(part(1_000), payload, part(1_000));
    await waitFor('the greedy one to be dropped', () => greedy.isClosed);
    await waitFor('the log to say why', () =>
      /\[Worker greedy\] \[Main\] Disconnected: Error 3113/.test(master.output),
    );
    await waitFor('all of it to be free', async () => (await heldSince(idle)) < NOISE_BYTES);
  });

  it('a peer that asks and does not read is dropped before its answers fill the memory', async () => {
    const idle = (await master.held()).heldBytes;
    const deaf = await join('deaf');
    deaf.socket.pause();
    const question = Buffer.concat(
      musterDialect.encodeRequest(7, 'echo', { data: 'x'.repeat(MIB) }).map((chunk) => Buffer.from(chunk)),
    );
    let mostBytes = 0;
    for (let counter = 10; counter < 500 && !deaf.isClosed && !deaf.socket.destroyed; counter += 1) {
      question.writeUInt32BE(counter, 0);
      const hasRoom = deaf.socket.write(Buffer.from(question));
      if (!hasRoom) await waitFor('room', () => deaf.socket.writableLength === 0 || deaf.socket.destroyed);
      if (counter % 50 === 0) mostBytes = Math.max(mostBytes, await heldSince(idle));
    }
    assert.ok(mostBytes <= MAX_UNREAD_BYTES + NOISE_BYTES + 16 * MIB, `${mostBytes} bytes`);
    await waitFor('the log to say why', () =>
      /\[Worker deaf\] \[Main\] Disconnected: Error 3113 - Too large: .*does not read/.test(master.output),
    );
    await waitFor('all of it to be free', async () => (await heldSince(idle)) < NOISE_BYTES);
  });

  it('a peer that asks for the list of files again and again is told a few times, and refused the others', async () => {
    const curious = await join('curious');
    const asked = Array.from({ length: MAX_UNANSWERED_REQUESTS }, () => curious.ask('get_files', {}));
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    for (const outcome of refused) assert.equal((outcome as PromiseRejectedResult).reason.code, 3110);
    // They come in a few pieces; whenever one was answered, there is room for the next.
    const told = outcomes.length - refused.length;
    assert.ok(told > MAX_WAITING_LISTS && told < outcomes.length / 4, `${told} were told`);
    const { digest, files } = await curious.ask('get_files', {});
    assert.equal(digest, rootDigest(Object.entries(files).map(([path, { hash }]) => [path, hash])));
  });

  for (const [what, announce] of [
    ['strings', (peer: RawPeer) => peer.ask('new_str', { size: 1_000, digest: DIGEST })],
    [
      'files',
      (peer: RawPeer, number: number) =>
        peer.ask('new_file', {
          name: `f${number}`,
          size: 1_000,
          digest: number.toString(16).padStart(128, '0'),
        }),
    ],
  ] as const) {
    it(`${what} that are reserved and never sent: so many and no more, and their places are free after the deadline`, async () => {
      const peer = await join(`reserves-${what}`);
      for (let i = 0; i < MAX_INCOMING_TRANSFERS; i += 1) await announce(peer, i);
      await assert.rejects(announce(peer, MAX_INCOMING_TRANSFERS), { code: 3110 });
      await waitFor('a place', () => announce(peer, MAX_INCOMING_TRANSFERS + 1).catch(() => null));
      await waitFor('the log to say what became of the first ones', () => /Error 3111/.test(master.output));
      assert.equal(peer.isClosed, false, 'the connection lives on');
    });
  }

  it('the sum is that of its rows, and no row is without its constant', () => {
    assert.ok(MAX_PEER_BYTES > MAX_PENDING_BYTES + MAX_HELD_STRING_BYTES + MAX_UNREAD_BYTES);
    assert.ok(MAX_PEER_BYTES < 800 * MIB, `${MAX_PEER_BYTES} bytes for one peer`);
  });
});

describe('what a list of files can cost the thread that reads it', () => {
  /** The same work takes so many times longer while the machine does something else. */
  const LOAD = 1.5;
  let longestMs = 0;
  before(async () => {
    longestMs = LOAD * (await costOfList(largestList('x'))).durationMs;
  });

  for (const [what, { make, code }] of Object.entries(LISTS)) {
    it(`a list ${what}: no more memory than the row says, no more time than the largest that is in order`, async () => {
      const cost = await costOfList(make());
      assert.equal(cost.code, code);
      assert.ok(cost.peakBytes <= MAX_LIST_BYTES, `${cost.peakBytes} bytes`);
      assert.ok(cost.keptBytes <= MAX_ROUND_BYTES, `${cost.keptBytes} bytes are kept`);
      assert.ok(code === null || cost.durationMs <= longestMs, `${cost.durationMs} of ${longestMs} ms`);
    });
  }
});
