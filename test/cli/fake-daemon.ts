import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder } from '../../src/protocol/frame.ts';
import { UnixTransport } from '../../src/transport/unix.ts';

/** Listens where a daemon would, and answers each command with what the table says; null is silence, 'close' hangs up. */
export async function fakeDaemon(
  home: string,
  answers: Record<string, object | MusterError | null | 'close'>,
) {
  mkdirSync(join(home, 'queue/cluster'), { recursive: true });
  const asked: { command: string; args: unknown }[] = [];
  const listener = await new UnixTransport(join(home, 'queue/cluster/c-internal.sock')).listen({
    onConnection(connection) {
      const decoder = new FrameDecoder();
      connection.start({
        data: (chunk) =>
          decoder.push(chunk, (message) => {
            const { command, args } = musterDialect.decodeRequest(message);
            asked.push({ command, args });
            const answer = answers[command];
            if (answer === null || answer === undefined) return;
            if (answer === 'close') return connection.destroy(null);
            connection.write(
              answer instanceof MusterError
                ? musterDialect.encodeFailure(message.counter, answer)
                : musterDialect.encodeReply(message.counter, command, answer as never),
            );
          }),
        drain() {},
        end: () => connection.destroy(null),
        close() {},
      });
    },
    onRejected() {},
    onError() {},
  });
  after(() => listener.close());
  return asked;
}
