import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { ArgsOf } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { FrameDecoder, isReply, type Message } from '../../src/protocol/frame.ts';
import type { MethodName } from '../../src/requests/methods.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { UnixTransport } from '../../src/transport/unix.ts';
import { MethodsHome } from '../requests/fixture.ts';

export type Answers = Readonly<Record<string, (args: never) => object>>;

/**
 * A master that answers at its local socket: requests of the distributed API by its methods, other commands by what the
 * table says.
 */
export async function methodsDaemon(answers: Answers = {}): Promise<MethodsHome> {
  const home = await MethodsHome.make();
  mkdirSync(join(home.config.home, 'queue/cluster'), { recursive: true });
  const socket = join(home.config.home, 'queue/cluster/c-internal.sock');
  const listener = await new UnixTransport(socket).listen({
    onConnection: (connection) => serve(home, connection, answers),
    onRejected() {},
    onError() {},
  });
  after(async () => {
    await listener.close();
    await home[Symbol.asyncDispose]();
  });
  return home;
}

function serve(home: MethodsHome, connection: Connection, answers: Answers): void {
  const decoder = new FrameDecoder();
  let counter = 0;
  const say = (command: 'dapi_res' | 'dapi_err', args: object) => {
    counter += 1;
    connection.write(musterDialect.encodeRequest(counter, command, args as never));
  };
  const answer = async (id: string, { method, args }: ArgsOf<'dapi'>['request']) => {
    try {
      const result = await home.call(method as MethodName, args as never);
      say('dapi_res', { id, handle: null, text: JSON.stringify(result) });
    } catch (error) {
      say('dapi_err', { id, error: MusterError.from(error).toWire() });
    }
  };
  const take = (message: Message) => {
    if (isReply(message.command)) return;
    const { command, args } = musterDialect.decodeRequest(message);
    if (command === 'dapi') {
      const id = `r${message.counter}`;
      connection.write(musterDialect.encodeReply(message.counter, 'dapi', { id }));
      void answer(id, (args as ArgsOf<'dapi'>).request);
      return;
    }
    const reply = answers[command];
    const failure = new MusterError(3109, command);
    connection.write(
      reply === undefined
        ? musterDialect.encodeFailure(message.counter, failure)
        : musterDialect.encodeReply(message.counter, command, reply(args as never) as never),
    );
  };
  connection.start({
    data: (chunk) => decoder.push(chunk, take),
    drain() {},
    end: () => connection.destroy(null),
    close() {},
  });
}
