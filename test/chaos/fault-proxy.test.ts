import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { waitFor } from '../harness/wait-for.ts';
import { FaultProxy } from './fault-proxy.ts';

/** A client that keeps what it hears. */
class Client {
  readonly socket: Socket;
  heard = Buffer.alloc(0);
  hasEnded = false;
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (bytes) => {
      this.heard = Buffer.concat([this.heard, bytes]);
    });
    this.socket.on('end', () => {
      this.hasEnded = true;
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.on('error', () => {
      // A reset, which is what the test is about.
    });
  }
}

describe('the fault proxy', () => {
  let target: Server;
  let proxy: FaultProxy;
  let heardByTarget = 0;
  let endsSeenByTarget = 0;
  const clients: Client[] = [];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    heardByTarget = 0;
    endsSeenByTarget = 0;
    // Says back what it hears.
    target = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {
        // A reset, which is what the test is about.
      });
      socket.on('data', (bytes) => {
        heardByTarget += bytes.length;
        socket.write(bytes);
      });
      socket.on('end', () => {
        endsSeenByTarget += 1;
        socket.end();
      });
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    proxy = await FaultProxy.open((target.address() as { port: number }).port);
  });
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => target.close(resolve));
  });

  const client = () => {
    const made = new Client(proxy.port);
    clients.push(made);
    return made;
  };
  const hears = (listener: Client, bytes: number) =>
    waitFor(
      `${bytes} bytes`,
      () => listener.heard.length >= bytes,
      5_000,
      () => `${listener.heard.length} came`,
    );

  it('passes everything on, in order, and the end too', async () => {
    const one = client();
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    one.socket.end(sent);
    await hears(one, sent.length);
    assert.deepEqual(one.heard, sent);
    await waitFor('the end', () => one.isClosed);
    assert.deepEqual(proxy.passedBytes, { up: sent.length, down: sent.length });
  });

  for (const direction of ['up', 'down'] as const) {
    it(`cuts one connection after exactly so many bytes ${direction}, and not the next`, async () => {
      proxy.cutAt(direction, 100_001);
      const one = client();
      one.socket.write(Buffer.alloc(200_000));
      await waitFor('the cut', () => one.isClosed);
      assert.equal(proxy.passedBytes[direction], 100_001);
      assert.equal(proxy.cuts, 1);
      const two = client();
      two.socket.write(Buffer.alloc(200_000));
      await hears(two, 200_000);
    });
  }

  it('delays', async () => {
    proxy.delay(150);
    const one = client();
    const startedMs = performance.now();
    one.socket.write('x');
    await hears(one, 1);
    assert.ok(performance.now() - startedMs >= 290, 'both ways');
  });

  it('throttles', async () => {
    proxy.throttle(100_000);
    const one = client();
    const startedMs = performance.now();
    one.socket.write(Buffer.alloc(30_000));
    await hears(one, 30_000);
    assert.ok(performance.now() - startedMs >= 250);
  });

  it('closes one direction, while the other goes on', async () => {
    const one = client();
    one.socket.write('a');
    await hears(one, 1);
    proxy.halfClose('down');
    await waitFor('the end of what comes down', () => one.hasEnded);
    one.socket.write('bc');
    await waitFor('what goes up', () => heardByTarget === 3);
    assert.equal(one.heard.length, 1);
    assert.equal(endsSeenByTarget, 0);
  });

  it('swallows everything in a black hole, and resets what has lost bytes when it heals', async () => {
    const one = client();
    one.socket.write('a');
    await hears(one, 1);
    proxy.blackHole();
    one.socket.write('lost');
    const late = client();
    late.socket.write('lost too');
    await waitFor('both to be connected', () => proxy.accepted === 2);
    await waitFor(
      'everything to be taken',
      () => one.socket.bytesWritten === 5 && late.socket.bytesWritten === 8,
    );
    const quick = client();
    await waitFor('a connection that loses nothing', () => proxy.accepted === 3);
    assert.equal(heardByTarget, 1);
    await waitFor('the loss to be seen', () => {
      proxy.heal();
      return one.isClosed && late.isClosed;
    });
    quick.socket.write('b');
    await hears(quick, 1);
  });

  it('freezes, and goes on without a loss', async () => {
    const one = client();
    one.socket.write('a');
    await hears(one, 1);
    proxy.freeze();
    one.socket.write('bcd');
    await waitFor('it to be sent', () => one.socket.bytesWritten === 4);
    assert.equal(heardByTarget, 1);
    proxy.heal();
    await hears(one, 4);
    assert.equal(one.heard.toString(), 'abcd');
  });

  it('resets all connections', async () => {
    const one = client();
    one.socket.write('a');
    await hears(one, 1);
    proxy.cutAll();
    await waitFor('the reset', () => one.isClosed);
  });
});
