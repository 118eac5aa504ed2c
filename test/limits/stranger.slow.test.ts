import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { HEADER_BYTES, MAX_HELLO_BYTES } from '../../src/protocol/limits.ts';
import { deriveKey } from '../../src/transport/keys.ts';
import { HANDSHAKE_CHECK_MS, MAX_UNADMITTED, MAX_UNADMITTED_PER_SOURCE } from '../../src/transport/limits.ts';
import { DEFAULT_PSK_CIPHERS } from '../../src/transport/tls-psk.ts';
import { Cluster, KEY, waitFor } from '../e2e/cluster.ts';
import { MAX_STRANGER_BYTES } from '../harness/docs/costs.ts';
import { Stranger, WatchedMaster } from './master.ts';

/** What an unauthenticated peer may take. */
const MAX_STRANGER_MS = 5_000;
/** What the master may add to it, by its own clock: it looks every so often, and closing takes a turn of the loop or two. */
const TOLERANCE_MS = HANDSHAKE_CHECK_MS + 150;
/** A timer goes by the time at which its turn of the loop began: it may fire as much early as that turn had lasted. */
const EARLY_MS = 20;
/** What the stranger may see beyond that: on a busy machine both processes are late. Only whether it is dropped at all hangs on it. */
const LATE_DROP_MS = 15_000;
/** When the late one begins its handshake: if that began the deadline anew, it would be borne for longer than is tolerated. */
const LATE_MS = 4_000;
/** Looks at the resident memory of a process, which changes whether or not anybody connects. */
const MAX_LOOKS = 4;

/** The head of a `hello` with the largest payload, and all of it but the last byte. */
const UNFINISHED_HELLO = (() => {
  const head = Buffer.alloc(HEADER_BYTES, '-');
  head.writeUInt32BE(1, 0);
  head.writeUInt32BE(MAX_HELLO_BYTES, 4);
  head.write('hello', 8);
  head.set([1, 1], HEADER_BYTES - 2);
  return Buffer.concat([head, Buffer.alloc(MAX_HELLO_BYTES - 1)]);
})();
/** A `hello` that is understood, and refused: no node has such a name. */
const BAD_HELLO = Buffer.concat(
  musterDialect
    .encodeRequest(1, 'hello', {
      name: '../stranger',
      cluster: 'wazuh',
      type: 'worker',
      version: '1',
      protocol: { min: 1, max: 1 },
      features: [],
      node: '0'.repeat(32),
      session: 1,
    })
    .map((chunk) => Buffer.from(chunk)),
);

const PSK = {
  ciphers: DEFAULT_PSK_CIPHERS,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  checkServerIdentity: () => undefined,
} as const;
const withKey = (key: string) => {
  const { psk, keyId } = deriveKey(key);
  return { ...PSK, pskCallback: () => ({ psk, identity: `worker1:${keyId}` }) };
};

/** The first bytes of a node that uses this transport, as another program could record them. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connectTls({ ...withKey('f'.repeat(32)), port, host: '127.0.0.1' });
  client.on('error', () => {
    // Nobody answers it.
  });
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  for (const end of [client, socket]) end.destroy();
  server.close();
  return bytes;
}

/** What strangers do, by transport: bytes that they send at once and that do not end in their being dropped at once. */
const BEHAVIOURS: Readonly<Record<'none' | 'psk', () => Promise<Readonly<Record<string, Buffer>>>>> = {
  none: async () => ({
    silent: Buffer.alloc(0),
    'the largest hello, but for its last byte': UNFINISHED_HELLO,
    'a hello that is refused, and then no end of the connection': BAD_HELLO,
  }),
  psk: async () => {
    const hello = await clientHello();
    return {
      silent: Buffer.alloc(0),
      'a TLS handshake, but for its last byte': hello.subarray(0, -1),
      'a TLS handshake that stops after its first message': hello,
    };
  },
};

for (const transport of ['none', 'psk'] as const) {
  describe(`what a stranger can cost a master, with the transport "${transport}"`, () => {
    let master: WatchedMaster;
    let behaviours: Readonly<Record<string, Buffer>>;
    before(async () => {
      [master, behaviours] = await Promise.all([WatchedMaster.start(transport), BEHAVIOURS[transport]()]);
    });
    after(() => master.close());

    /** Fills every place there is. */
    const fill = async (bytes: Buffer): Promise<Stranger[]> => {
      const strangers: Stranger[] = [];
      for (let i = 0; i < MAX_UNADMITTED; i += 1) {
        const stranger = await master.knock(2 + Math.floor(i / MAX_UNADMITTED_PER_SOURCE), true);
        stranger.socket.write(bytes);
        strangers.push(stranger);
      }
      return strangers;
    };
    const leave = async (strangers: readonly Stranger[]): Promise<void> => {
      for (const { socket } of strangers) socket.destroy();
      await waitFor('them to be gone', () => strangers.every(({ borneMs }) => borneMs !== null));
    };

    /** What each of them costs, when all places are filled with such ones. */
    const costOf = async (bytes: Buffer) => {
      const idle = await master.held();
      const strangers = await fill(bytes);
      try {
        const busy = await master.held();
        const standing = strangers.filter(({ borneMs }) => borneMs === null).length;
        return {
          standing,
          heldBytes: (busy.heldBytes - idle.heldBytes) / MAX_UNADMITTED,
          residentBytes: (busy.residentBytes - idle.residentBytes) / MAX_UNADMITTED,
        };
      } finally {
        await leave(strangers);
      }
    };

    it(`at most 64 KiB of memory, whatever it sends`, async () => {
      // The first ones make the process compile, and its heap find its size.
      for (const bytes of Object.values(behaviours)) await leave(await fill(bytes));
      for (const [behaviour, bytes] of Object.entries(behaviours)) {
        let cost = await costOf(bytes);
        // What else the process does only adds to it: the least of a few looks is the truest.
        // On a busy machine some may reach their deadline before they are counted.
        const isNoise = () => cost.residentBytes > MAX_STRANGER_BYTES || cost.standing < MAX_UNADMITTED;
        for (let tries = 1; tries < MAX_LOOKS && isNoise(); tries += 1) cost = await costOf(bytes);
        assert.equal(
          cost.standing,
          MAX_UNADMITTED,
          `${behaviour}: all of them are borne, so all are measured`,
        );
        assert.ok(cost.heldBytes <= MAX_STRANGER_BYTES, `${behaviour}: ${cost.heldBytes} bytes held`);
        assert.ok(
          cost.residentBytes <= MAX_STRANGER_BYTES,
          `${behaviour}: ${cost.residentBytes} bytes resident`,
        );
      }
    });

    it('at most 5 seconds, whether it is silent, trickles, or has half a handshake', async () => {
      await master.held(); // it has done with those of the test before
      await master.borne();
      const strangers: Stranger[] = [];
      /** Those who do nothing wrong, but for being slow. */
      const patient: Stranger[] = [];
      for (const bytes of Object.values(behaviours)) {
        const [whole, trickling] = [await master.knock(2), await master.knock(3)];
        whole.socket.write(bytes);
        strangers.push(whole);
        patient.push(trickling);
        trickle(trickling, bytes);
      }
      if (transport === 'psk') patient.push(await lateHandshake(master));
      strangers.push(...patient);
      await waitFor(
        'all to be dropped',
        () => strangers.every(({ borneMs }) => borneMs !== null),
        LATE_DROP_MS,
      );
      // They hear of their end before the master has noted it.
      const borneMs: Record<string, number> = {};
      let lagMs = 0;
      await waitFor('the master to have done with all', async () => {
        const borne = await master.borne();
        Object.assign(borneMs, borne.borneMs);
        lagMs = Math.max(lagMs, borne.lagMs);
        return strangers.every(({ address }) => address in borneMs) || null;
      });
      const longestMs = MAX_STRANGER_MS + TOLERANCE_MS + 2 * lagMs;
      for (const { address } of strangers) {
        const ms = borneMs[address] ?? Number.POSITIVE_INFINITY;
        assert.ok(ms <= longestMs, `${address} was borne for ${ms} ms, with ${lagMs} ms of lag`);
      }
      for (const { address } of patient) {
        const ms = borneMs[address] ?? 0;
        assert.ok(
          ms >= MAX_STRANGER_MS - EARLY_MS - lagMs,
          `${address}, which may be slow, only for ${ms} ms`,
        );
      }
      assert.ok(/Error 3104/.test(master.output), 'and the log says why');
    });

    it('nothing at all beyond the places that there are: a flood of connections leaves nothing behind', async () => {
      const idle = await master.held();
      const toldBefore = master.output.length;
      for (let round = 0; round < 10; round += 1) {
        const strangers = await Promise.all(
          Array.from({ length: 2 * MAX_UNADMITTED_PER_SOURCE }, () => master.knock(2)),
        );
        await leave(strangers);
      }
      const end = await master.held();
      const leftBytes = end.heldBytes - idle.heldBytes;
      assert.ok(leftBytes < 10 * MAX_STRANGER_BYTES, `${leftBytes} bytes are left`);
      const lines = master.output
        .slice(toldBefore)
        .split('\n')
        .filter((line) => /Error 31\d\d|more connections/.test(line));
      assert.ok(lines.length < 100, `strangers wrote ${lines.length} lines`);
    });
  });
}

/** Writes byte by byte, as slowly as it takes to be busy until the end. */
function trickle({ socket }: Stranger, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, 200);
  socket.on('close', () => clearInterval(timer));
}

/** Somebody who holds the key, takes his time before the handshake, and says nothing after it. */
async function lateHandshake(master: WatchedMaster): Promise<Stranger> {
  const stranger = await master.knock(4);
  const timer = setTimeout(() => {
    const secure: TLSSocket = connectTls({ ...withKey(KEY), socket: stranger.socket });
    secure.on('error', () => {
      // It is dropped.
    });
  }, LATE_MS);
  stranger.socket.on('close', () => clearTimeout(timer));
  return stranger;
}

describe('a worker that belongs to the cluster', () => {
  it('gets in while strangers of one address hold all places that it can have', async () => {
    const cluster = await Cluster.create(1);
    try {
      cluster.write('etc/rules/a.xml', 'a\n');
      cluster.master.start();
      await waitFor('the master to serve', () => /Serving on 127/.test(cluster.master.output), 20_000);
      const strangers: Stranger[] = [];
      const knock = async () => {
        const stranger = await Stranger.connect(cluster.port, '127.0.0.2');
        strangers.push(stranger);
        stranger.socket.on('close', () => {
          if (!isOver) void knock();
        });
      };
      let isOver = false;
      for (let i = 0; i < MAX_UNADMITTED_PER_SOURCE; i += 1) await knock();
      for (const worker of cluster.workers) worker.start();
      await cluster.inStep();
      isOver = true;
      for (const { socket } of strangers) socket.destroy();
    } finally {
      await cluster.close();
    }
  });
});
