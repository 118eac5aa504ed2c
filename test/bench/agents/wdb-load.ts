import { once } from 'node:events';
import { connect } from 'node:net';
import { encodeFrame, LengthFrameReader } from '../../../src/transport/length-frame.ts';

const MAX_BYTES = 65_536;

/**
 * Sends requests over several connections, on each one after the other: the next when the last one is answered, as the
 * clients of a wazuh-db do. Resolves to the seconds that it took. Throws for an answer that is not `ok`.
 */
export async function load(
  socket: string,
  requests: readonly string[],
  connections: number,
): Promise<number> {
  const frames = requests.map((request) => encodeFrame(request, MAX_BYTES));
  const clients = await Promise.all(Array.from({ length: connections }, () => connected(socket)));
  let next = 0;
  const startedMs = performance.now();
  await Promise.all(
    clients.map(
      (client) =>
        new Promise<void>((resolve, reject) => {
          const reader = new LengthFrameReader({ maxBytes: MAX_BYTES, code: 2009 });
          const sendNext = () => {
            const frame = frames[next];
            next += 1;
            if (frame === undefined) resolve();
            else client.write(frame);
          };
          client.on('error', reject);
          client.on('close', () => reject(new Error('the store closed a connection')));
          client.on('data', (chunk) =>
            reader.push(chunk, (answer) => {
              if (answer.startsWith('ok')) sendNext();
              else reject(new Error(answer));
            }),
          );
          sendNext();
        }),
    ),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  for (const client of clients) client.destroy();
  return seconds;
}

async function connected(path: string) {
  const client = connect({ path });
  await once(client, 'connect');
  return client;
}
