import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, deflateSync } from 'node:zlib';
import { readWazuh4Package } from '../../src/files/wazuh4/reader.ts';
import { AutoTransport } from '../../src/node/wazuh4/auto-transport.ts';
import { Conversation } from '../../src/node/wazuh4/conversation.ts';
import { DialectMemory } from '../../src/node/wazuh4/dialect-memory.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { temporaryFolder } from '../cli/run-muster.ts';
import { packageOf } from '../files/wazuh4/packages.ts';

const GIB = 1_073_741_824;
const BLOCK_BYTES = 65_536;

test('of the files and strings that are under way on one connection 128 of each are remembered, those that came last', () => {
  const talk = new Conversation({
    role: 'master',
    nodeName: 'master',
    compatibleVersion: '4.7.5',
    maxFileBytes: 1,
    maxSentFileBytes: 1,
  });
  for (let handle = 1; handle <= 129; handle += 1) {
    talk.arrivingFiles.set(`file ${handle}`, { handle, position: 0 });
    talk.arrivingStrings.set(handle, { handle, position: 0 });
    talk.sentStrings.set(handle, 1);
  }
  assert.deepEqual([...talk.arrivingFiles.values()].map(({ handle }) => handle).slice(0, 2), [2, 3]);
  for (const { size } of [talk.arrivingFiles, talk.arrivingStrings, talk.sentStrings])
    assert.equal(size, 128);
  assert.equal(talk.arrivingStrings.has(1), false);
  assert.equal(talk.sentStrings.has(1), false);
});

test('a master that was one of 4.x has a second for the handshake of ours, and any other five', async () => {
  const asked: unknown[] = [];
  const own = {
    name: 'own',
    connect: async (options: object) => {
      asked.push(options);
      return { peer: { authenticated: false } };
    },
  } as unknown as Transport;
  const memory = new DialectMemory();
  const transport = new AutoTransport(own, own, memory);
  await transport.connect({ timeoutMs: 100 });
  memory.noteAnswer('wazuh4');
  await transport.connect({ timeoutMs: 100 });
  assert.deepEqual(asked, [
    { timeoutMs: 5_100, handshakeTimeoutMs: 5_000 },
    { timeoutMs: 1_100, handshakeTimeoutMs: 1_000 },
  ]);
});

/** A stream of so many bytes that are all the same: each block stands for itself, so that it is made at once. */
function streamOf(sizeBytes: number): Buffer {
  const [head, block] = [Buffer.from([0x78, 0x01]), Buffer.alloc(BLOCK_BYTES)];
  const flushed = deflateSync(block, { finishFlush: constants.Z_FULL_FLUSH }).subarray(2);
  return Buffer.concat([head, ...Array.from({ length: sizeBytes / BLOCK_BYTES }, () => flushed)]);
}

test('one file of a package may have 1 GiB, and not a byte more', async () => {
  const file = join(temporaryFolder(), 'p.zip');
  writeFileSync(file, packageOf(['etc/lists/large', streamOf(GIB + BLOCK_BYTES)]));
  let takenBytes = 0;
  const sink = {
    write: (piece: Buffer) => {
      takenBytes += piece.length;
    },
    end: () => {},
  };
  const reading = readWazuh4Package(file, { whole: () => {}, begin: () => sink });
  await assert.rejects(reading, {
    code: 3113,
    message: /"etc\/lists\/large" has more than 1073741824 bytes/,
  });
  assert.ok(takenBytes <= GIB && takenBytes > GIB - 16 * BLOCK_BYTES, `${takenBytes} bytes were taken`);
});
