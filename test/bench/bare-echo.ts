import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';

const SECONDS = 2;

/**
 * Round trips a second of one message between two processes of Node that do nothing else: what a network of this machine
 * and waking a process cost by themselves.
 */
export async function bareEchoRate(messageBytes: number): Promise<number> {
  const server = fork(join(import.meta.dirname, 'bare-echo-server.ts'));
  const [port] = (await once(server, 'message')) as [number];
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return await roundTrips(socket, Buffer.alloc(messageBytes, 'x'));
  } finally {
    socket.destroy();
    server.disconnect();
  }
}

function roundTrips(socket: ReturnType<typeof connect>, message: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    let heardBytes = 0;
    socket.once('error', reject).once('close', () => reject(new Error('the echo hung up')));
    socket.on('data', (chunk) => {
      heardBytes += chunk.length;
      if (heardBytes % message.length !== 0) return;
      const tookSeconds = (performance.now() - startedMs) / 1000;
      if (tookSeconds >= SECONDS) resolve(heardBytes / message.length / tookSeconds);
      else socket.write(message);
    });
    socket.write(message);
  });
}
