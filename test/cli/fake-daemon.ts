import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, isReply } from '../../src/protocol/frame.ts';
import { UnixTransport } from '../../src/transport/unix.ts';

/**
 * Listens where a daemon would, and answers each command with what the table says; null is silence, 'close' hangs up. Behind
 * its answer to a command it says what stands in `further`.
 */
export async function fakeDaemon(
  home: string,
  answers: Record<string, object | MusterError | null | 'close'>,
  further: Record<string, readonly Uint8Array[]> = {},
) {
  mkdirSync(join(home, 'queue/cluster'), { recursive: true });
  const asked: { command: string; args: unknown }[] = [];
  const listener = await new UnixTransport(join(home, 'queue/cluster/c-internal.sock')).listen({
    onConnection(connection) {
      const decoder = new FrameDecoder();
      connection.start({
        data: (chunk) =>
          decoder.push(chunk, (message) => {
            if (isReply(message.command)) return;
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
            if (further[command] !== undefined) connection.write(further[command]);
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
