import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { deflateRawSync } from 'node:zlib';
import { digestOf } from '../../src/files/digest.ts';
import { DEFAULT_PSK_CIPHERS } from '../../src/transport/tls-psk.ts';
import { bareEchoRate } from './bare-echo.ts';
import { BareWazuh4 } from './bare-wazuh4.ts';
import { BASE } from './cluster.ts';
import { fernetPrimitives } from './fernet-primitives.ts';
import { pathOf, small, writeSet } from './file-sets.ts';
import { median } from './statistics.ts';

const FILES = 10_000;
const MIB = 1024 * 1024;
const HASHED_MIB = 100;
const SENT_MIB = 400;
const PIECE_BYTES = MIB;
const ZLIB_LEVEL = 1;
/** An echo of 64 bytes in the dialect of Wazuh 4.x, header and token. */
const ECHO_BYTES = 204;

type PrimitiveUnit = 's' | 'MiB/s' | '/s';

/** What this machine can do at most, for the distance between it and a figure. */
export interface PrimitiveResult {
  readonly title: string;
  readonly value: number;
  readonly unit: PrimitiveUnit;
}

/** Medians, each on one thread but for the one that takes two processes; nothing else runs meanwhile. */
export async function measurePrimitives(repetitions: number): Promise<PrimitiveResult[]> {
  const home = mkdtempSync(join(BASE, 'muster-bench-'));
  try {
    writeSet(home, small(FILES));
    const text = readFileSync(join(home, pathOf(0)));
    const results: PrimitiveResult[] = [];
    const measure = async (title: string, unit: PrimitiveUnit, run: () => number | Promise<number>) => {
      const values: number[] = [];
      for (let i = 0; i < repetitions; i += 1) values.push(await run());
      results.push({ title, value: median(values), unit });
    };
    await measure('walk and stat 10,000 files', 's', () => seconds(() => walk(home)));
    await measure('open, look at, read and close 10,000 files of 4 KiB', 's', () =>
      seconds(() => read(home)),
    );
    await measure('read and hash 10,000 files of 4 KiB', 's', () => seconds(() => readAndHash(home)));
    await measure('write 10,000 files of 4 KiB', 's', () => inFolder(home, (folder) => write(folder, text)));
    await measure('the same, each renamed into its place', 's', () =>
      inFolder(home, (folder) => writeAndRename(folder, text)),
    );
    const random = randomBytes(MIB);
    await measure('BLAKE2b-512', 'MiB/s', () => rate(HASHED_MIB, () => digestOf(random)));
    const content = Buffer.concat(Array.from({ length: MIB / text.length }, () => text));
    await measure('deflate, level 1, rule-like text', 'MiB/s', () =>
      rate(HASHED_MIB, () => deflateRawSync(content, { level: ZLIB_LEVEL })),
    );
    await measure(`TLS on loopback, both ends on one thread, ${DEFAULT_PSK_CIPHERS}`, 'MiB/s', tlsRate);
    await measure(
      `${ECHO_BYTES} bytes back and forth between two processes of Node that do nothing else`,
      '/s',
      () => bareEchoRate(ECHO_BYTES),
    );
    const bare = new BareWazuh4(home, home, FILES);
    await measure(
      'CPU of a process that packs 10,000 files of 4 KiB for a worker of Wazuh 4.x and does nothing else',
      's',
      () => bare.pack(),
    );
    await measure('CPU of one that checks, stages and applies that package, and does nothing else', 's', () =>
      bare.apply(),
    );
    const { pieceBytes, runs } = fernetPrimitives();
    for (const [title, run] of runs)
      await measure(title, 'MiB/s', () => rate(HASHED_MIB, run, MIB / pieceBytes));
    return results;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function seconds(run: () => void): number {
  const startedMs = performance.now();
  run();
  return (performance.now() - startedMs) / 1000;
}

const rate = (mebibytes: number, run: () => unknown, runsForMebibyte = 1) =>
  mebibytes /
  seconds(() => {
    for (let i = 0; i < mebibytes * runsForMebibyte; i += 1) run();
  });

function walk(home: string): void {
  const directory = join(home, 'etc/rules');
  for (const name of readdirSync(directory)) lstatSync(join(directory, name), { bigint: true });
}

/** Nothing but the calls. */
function read(home: string): void {
  const bytes = Buffer.alloc(2 * PIECE_BYTES);
  for (let i = 0; i < FILES; i += 1) {
    const file = openSync(join(home, pathOf(i)), 'r');
    fstatSync(file);
    readSync(file, bytes, 0, bytes.length, null);
    closeSync(file);
  }
}

function readAndHash(home: string): void {
  for (let i = 0; i < FILES; i += 1) digestOf(readFileSync(join(home, pathOf(i))));
}

/** Time of a task in a new folder, which is removed afterwards. */
function inFolder(home: string, run: (folder: string) => void): number {
  const folder = join(home, 'written');
  mkdirSync(folder);
  const took = seconds(() => run(folder));
  rmSync(folder, { recursive: true });
  return took;
}

function write(folder: string, bytes: Uint8Array): void {
  for (let i = 0; i < FILES; i += 1) writeFileSync(join(folder, `${i}`), bytes);
}

function writeAndRename(folder: string, bytes: Uint8Array): void {
  for (let i = 0; i < FILES; i += 1) {
    writeFileSync(join(folder, `${i}.tmp`), bytes);
    renameSync(join(folder, `${i}.tmp`), join(folder, `${i}`));
  }
}

async function tlsRate(): Promise<number> {
  const psk = randomBytes(32);
  const tls = { ciphers: DEFAULT_PSK_CIPHERS, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  const piece = randomBytes(PIECE_BYTES);
  const server = createServer({ ...tls, pskCallback: () => psk }, async (socket) => {
    for (let sent = 0; sent < SENT_MIB * MIB; sent += PIECE_BYTES) {
      if (!socket.write(piece)) await once(socket, 'drain');
    }
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect({
    ...tls,
    port,
    host: '127.0.0.1',
    pskCallback: () => ({ psk, identity: 'bench' }),
    checkServerIdentity: () => undefined,
  });
  await once(socket, 'secureConnect');
  const startedMs = performance.now();
  socket.resume();
  await once(socket, 'end');
  const tookSeconds = (performance.now() - startedMs) / 1000;
  server.close();
  return SENT_MIB / tookSeconds;
}
