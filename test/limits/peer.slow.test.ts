import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { MAX_INCOMING_TRANSFERS } from '../../machines/transfer/limits.ts';
import { digestBytes } from '../../src/files/digest.ts';
import { rootDigest } from '../../src/files/root-digest.ts';
import { MAX_UNANSWERED_REQUESTS, MAX_UNREAD_BYTES } from '../../src/node/channel-limits.ts';
import { decodeChunkString, MAX_CHUNK_TEXT_BYTES } from '../../src/node/effects/agent-chunks.ts';
import { MAX_WAITING_LISTS } from '../../src/node/effects/list-answers.ts';
import { incomingDirectory } from '../../src/node/spool.ts';
import {
  MAX_HELD_STRING_BYTES,
  MAX_PENDING_WRITE_BYTES,
  MAX_SPOOL_WORKER_FILES,
  WINDOW_BYTES,
} from '../../src/node/transfers/limits.ts';
import type { ArgsOf } from '../../src/protocol/commands.ts';
import { decodeMessagePack, encodeMessagePack } from '../../src/protocol/dialects/msgpack.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { headerBytes } from '../../src/protocol/header.ts';
import {
  BULK_CHUNK_BYTES,
  MAX_BULK_DATA_BYTES,
  MAX_DIVIDED_MESSAGES,
  MAX_MESSAGE_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_STRING_BYTES,
} from '../../src/protocol/limits.ts';
import { waitFor } from '../e2e/cluster.ts';
import { MAX_LIST_BYTES, MAX_PEER_BYTES, PEER_COSTS } from '../harness/docs/costs.ts';
import { bytesOf, heapBytesOf } from './held.ts';
import type { ListCost } from './list-cost.ts';
import { costOfList, LARGEST, LISTS } from './lists.ts';
import { MESSAGES } from './messages.ts';
import type { RawPeer } from './raw-peer.ts';
import { fullSocket, hangingDisk } from './stuck.ts';
import { WithMaster } from './with-master.ts';

const MIB = 1024 * 1024;
/** What a process holds more or less of without any peer. */
const NOISE_BYTES = 8 * MIB;
/** Time in which the master of this test gives up what was announced and does not come. */
const PROGRESS_SECONDS = 1;
const DIGEST = 'ab'.repeat(64);
/** A file of the master that does not fit into the window. */
const LARGE_FILE = { path: 'etc/rules/large', sizeBytes: 4 * WINDOW_BYTES };
/** Peers that do nothing: enough that one byte of each is seen. */
const IDLE_PEERS = 64;

/** With so many bytes a piece, the requests that may wait are as many as the writes that may. */
const SMALL_PIECE_BYTES = Math.floor(MAX_PENDING_WRITE_BYTES / MAX_UNANSWERED_REQUESTS);

type Row = keyof typeof PEER_COSTS;
const measured = new Set<Row>();
/** Holds a row of docs/limits.md to what was measured; less than `leastBytes` would be the measurement of something else. */
function hold(
  row: Row,
  bytes: number,
  { leastBytes, noiseBytes }: { leastBytes: number; noiseBytes: number },
) {
  assert.ok(bytes >= leastBytes, `${row}: only ${bytes} bytes are seen`);
  assert.ok(bytes <= PEER_COSTS[row].bytes + noiseBytes, `${row}: ${bytes} bytes`);
  measured.add(row);
}

const part = (counter: number) =>
  headerBytes({ counter, payloadBytes: MAX_PAYLOAD_BYTES, command: 'echo', divided: true, encoding: 1 });
const payload = Buffer.alloc(MAX_PAYLOAD_BYTES);

describe('what a peer that was admitted can cost a master', () => {
  const stage = new WithMaster('none');

  it('all that it may hold at once stays within the sum, is not taken twice, and is free when it has gone', async () => {
    const idle = await stage.heldBytes();
    const [greedy, modest] = [await stage.join('greedy'), await stage.join('modest')];
    const half = MAX_HELD_STRING_BYTES / 2;
    for (let i = 0; i < 2; i += 1) await greedy.ask('new_str', { size: half, digest: DIGEST });
    await assert.rejects(greedy.ask('new_str', { size: 1, digest: DIGEST }), { code: 3113 });
    const stringBytes = await stage.heldSince(idle);
    const parts = Math.floor(MAX_MESSAGE_BYTES / MAX_PAYLOAD_BYTES);
    for (let sent = 0; sent < parts; sent += 1)
      greedy.write(part(1_000 + (sent % MAX_DIVIDED_MESSAGES)), payload);
    await greedy.ask('echo', { data: 'all of it has come' });
    const heldBytes = await stage.heldSince(idle);
    hold('strings', stringBytes, {
      leastBytes: MAX_HELD_STRING_BYTES - NOISE_BYTES,
      noiseBytes: NOISE_BYTES,
    });
    const pendingBytes = heldBytes - stringBytes;
    hold('pending', pendingBytes, {
      leastBytes: parts * MAX_PAYLOAD_BYTES - NOISE_BYTES,
      noiseBytes: NOISE_BYTES,
    });
    assert.ok(heldBytes <= MAX_PEER_BYTES);
    assert.deepEqual(await modest.ask('echo', { data: 'and others are served' }), {
      data: 'and others are served',
    });
    greedy.write(part(1_000), payload, part(1_000));
    await waitFor('the greedy one to be dropped', () => greedy.isClosed);
    await waitFor('the log to say why', () =>
      /\[Worker greedy\] \[Main\] Disconnected: Error 3113/.test(stage.output),
    );
    await waitFor('all of it to be free', async () => (await stage.heldSince(idle)) < NOISE_BYTES);
  });

  it('a peer that asks and does not read is dropped before its answers fill the memory', async () => {
    const idle = await stage.heldBytes();
    const deaf = await stage.join('deaf');
    deaf.socket.pause();
    const question = Buffer.concat(
      musterDialect.encodeRequest(7, 'echo', { data: 'x'.repeat(MIB) }).map((chunk) => Buffer.from(chunk)),
    );
    let mostBytes = 0;
    for (let counter = 10; counter < 500 && !deaf.isClosed && !deaf.socket.destroyed; counter += 1) {
      question.writeUInt32BE(counter, 0);
      const hasRoom = deaf.socket.write(Buffer.from(question));
      if (!hasRoom) await waitFor('room', () => deaf.socket.writableLength === 0 || deaf.socket.destroyed);
      if (counter % 50 === 0) mostBytes = Math.max(mostBytes, await stage.heldSince(idle));
    }
    hold('replies', mostBytes, { leastBytes: MAX_UNREAD_BYTES / 4, noiseBytes: NOISE_BYTES });
    await waitFor('the log to say why', () =>
      /\[Worker deaf\] \[Main\] Disconnected: Error 3113 - Too large: .*does not read/.test(stage.output),
    );
    await waitFor('all of it to be free', async () => (await stage.heldSince(idle)) < NOISE_BYTES);
  });

  it('a peer that asks for the list of files again and again is told a few times, and refused the others', async () => {
    const curious = await stage.join('curious');
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

  it('a socket that takes nothing is given a little of a file, and no more', () => {
    hold('socket', fullSocket(), { leastBytes: PEER_COSTS.socket.bytes / 2, noiseBytes: 0 });
  });

  // Of smaller ones there are not so many: only so many requests are read before they are answered.
  for (const pieceBytes of [SMALL_PIECE_BYTES, BULK_CHUNK_BYTES, MAX_BULK_DATA_BYTES]) {
    it(`a disk that hangs: pieces of ${pieceBytes} bytes are refused before they fill the memory`, async () => {
      const { thing, bytes } = await heapBytesOf(() => hangingDisk(pieceBytes));
      const heldBytes = thing.waitingBytes + bytes;
      hold('writes', heldBytes, { leastBytes: PEER_COSTS.writes.bytes / 2, noiseBytes: MIB });
    });
  }

  for (const [what, make] of Object.entries(MESSAGES)) {
    it(`a message of ${what} becomes no more than the row says`, async () => {
      const bytes = make();
      // The one before is held until the next is decoded.
      decodeMessagePack(encodeMessagePack(null));
      const valueBytes = await bytesOf(() => decodeMessagePack(bytes));
      hold('message', valueBytes, { leastBytes: PEER_COSTS.message.bytes / 8, noiseBytes: MIB });
    });
  }

  it('a string of agents becomes no more than the row says', async () => {
    const chunk = '個'.repeat(Math.floor(MAX_CHUNK_TEXT_BYTES / 3) - 1);
    const chunks = Array.from(
      { length: Math.floor(MAX_STRING_BYTES / MAX_CHUNK_TEXT_BYTES) - 1 },
      () => chunk,
    );
    const chunkBytes = await bytesOf(async () => {
      const read = await decodeChunkString(Buffer.from(JSON.stringify({ chunks })));
      const [first] = read.chunks;
      return { read, first };
    });
    hold('chunks', chunkBytes, { leastBytes: PEER_COSTS.chunks.bytes / 8, noiseBytes: MIB });
  });

  it('a peer that does nothing', async () => {
    await stage.heldBytes();
    const idle = await stage.heldBytes();
    for (let i = 0; i < IDLE_PEERS; i += 1) await stage.join(`idle-${i}`);
    const bytes = (await stage.heldSince(idle)) / IDLE_PEERS;
    hold('processes', bytes, { leastBytes: 4_096, noiseBytes: 0 });
  });
});

/** Sends a file to its end. */
async function sendFile(peer: RawPeer, name: string, data: Uint8Array<ArrayBuffer>): Promise<void> {
  const digest = await digestBytes(data);
  const { handle } = await peer.ask('new_file', { name, size: data.length, digest });
  await peer.ask('file_upd', { handle, offset: 0, data });
  await peer.ask('file_end', { handle, digest });
}

/** Tells the master that the peer has no files. */
async function beginRound(peer: RawPeer): Promise<{ task: string }> {
  await peer.ask('syn_i_w_m_p', { digest: null });
  const begun = await peer.ask('syn_i_w_m', {});
  await sendFile(peer, 'list', Buffer.from('{}'));
  await peer.ask('syn_i_w_m_e', { task: begun.task, file: 'list' });
  return begun;
}

/** Takes a file of which it confirms nothing; of those before it says that they are here already. */
async function acceptLargest(peer: RawPeer): Promise<void> {
  for (let handle = 1; ; handle += 1) {
    const announced = await peer.next('new_file');
    const { size } = musterDialect.decodeRequest(announced).args as ArgsOf<'new_file'>;
    const isLargest = size >= LARGE_FILE.sizeBytes;
    peer.reply(announced, 'new_file', { handle, offset: isLargest ? 0 : size });
    if (isLargest) return;
    peer.reply(await peer.next('file_end'), 'file_end', {});
  }
}

describe('what a peer begins and does not end, or leaves behind', () => {
  const stage = new WithMaster(
    'none',
    { intervals: { communication: { timeout_receiving_file: PROGRESS_SECONDS } } },
    { [LARGE_FILE.path]: randomBytes(LARGE_FILE.sizeBytes) },
  );

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
      const peer = await stage.join(`reserves-${what}`);
      // All at once: nothing of it may be over before the last one is asked for.
      const announced = Array.from({ length: MAX_INCOMING_TRANSFERS + 1 }, (_, i) => announce(peer, i));
      const outcomes = await Promise.allSettled(announced);
      const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      assert.deepEqual(
        refused.map(({ reason }) => reason.code),
        [3110],
      );
      await waitFor('a place', () => announce(peer, MAX_INCOMING_TRANSFERS + 1).catch(() => null));
      await waitFor('the log to say what became of the first ones', () =>
        new RegExp(`reserves-${what} at .*Error 3111`).test(stage.output),
      );
      assert.equal(peer.isClosed, false, 'the connection lives on');
    });
  }

  it('complete files of one byte that nobody takes: so many and no more, and others have room', async () => {
    const [littering, tidy] = [await stage.join('littering'), await stage.join('tidy')];
    const [names, atOnce] = [[...Array(MAX_SPOOL_WORKER_FILES).keys()], MAX_INCOMING_TRANSFERS / 2];
    while (names.length > 0)
      await Promise.all(names.splice(0, atOnce).map((i) => sendFile(littering, `f${i}`, Buffer.from([i]))));
    await assert.rejects(sendFile(littering, 'one-more', Buffer.from('x')), {
      code: 3113,
      message: new RegExp(`beside ${MAX_SPOOL_WORKER_FILES} files with ${MAX_SPOOL_WORKER_FILES} bytes`),
    });
    const directory = incomingDirectory(stage.master.cluster.master.home, 'littering');
    assert.equal(readdirSync(directory).length, MAX_SPOOL_WORKER_FILES);
    await sendFile(tidy, 'list', Buffer.from('x'));
  });

  it('a peer that confirms nothing of a file gets a window of it, and no more', async () => {
    const lazy = await stage.join('lazy');
    const { task } = await beginRound(lazy);
    lazy.reply(await lazy.next('syn_m_c'), 'syn_m_c', { task });
    await acceptLargest(lazy);
    const sentBytes = () => {
      const pieces = lazy.heard.filter(({ command }) => command === 'file_upd');
      return pieces.reduce((sum, message) => sum + musterDialect.decodeBulk(message).data.length, 0);
    };
    // When the master gives it up, it has sent all that it would.
    await lazy.next('syn_m_c_e');
    hold('window', sentBytes(), { leastBytes: WINDOW_BYTES, noiseBytes: 0 });
  });
});

describe('what a list of files can cost the thread that reads it', () => {
  /** The same work takes so many times the CPU while other processes use the same caches. */
  const LOAD = 1.5;
  /** Looked at once: it is a case of its own as well. */
  let largest: ListCost;
  before(async () => {
    largest = await costOfList(LISTS[LARGEST].make());
  });

  for (const [what, { make, code }] of Object.entries(LISTS)) {
    it(`a list ${what}: no more memory than the row says, no more time than the largest that is in order`, async () => {
      const cost = what === LARGEST ? largest : await costOfList(make());
      assert.equal(cost.code, code);
      assert.ok(cost.peakBytes <= MAX_LIST_BYTES, `${cost.peakBytes} bytes`);
      if (code === null)
        hold('round', cost.keptBytes, { leastBytes: PEER_COSTS.round.bytes / 2, noiseBytes: MIB });
      const mostMs = LOAD * largest.cpuMs;
      assert.ok(code === null || cost.cpuMs <= mostMs, `${cost.cpuMs} of ${mostMs} ms`);
    });
  }
});

describe('the sum of what one peer can cost', () => {
  it('is that of its rows, and no row of the document is without a measurement above', () => {
    const rows: readonly { bytes: number }[] = Object.values(PEER_COSTS);
    assert.equal(
      rows.reduce((sum, { bytes }) => sum + bytes, 0),
      MAX_PEER_BYTES,
    );
    assert.deepEqual([...measured].sort(), Object.keys(PEER_COSTS).sort());
  });
});
