import { FrameDecoder, isReply, type Message } from '../../../src/protocol/frame.ts';
import type { Connection, Transport } from '../../../src/transport/transport.ts';

/** Counts the messages of all connections that are made by it, behind TLS, both ways, by their commands. */
export class CountingTransport implements Transport {
  readonly name: string;
  readonly #inner: Transport;
  readonly #messages: Record<string, number>;

  constructor(inner: Transport, messages: Record<string, number>) {
    this.name = inner.name;
    this.#inner = inner;
    this.#messages = messages;
  }

  listen(options: Parameters<Transport['listen']>[0]): ReturnType<Transport['listen']> {
    return this.#inner.listen(options);
  }

  async connect(options: Parameters<Transport['connect']>[0]): Promise<Connection> {
    const connection = await this.#inner.connect(options);
    const asked = { worker: new Map<number, string>(), master: new Map<number, string>() };
    const [sent, heard] = [new FrameDecoder(), new FrameDecoder()];
    const write = connection.write.bind(connection);
    connection.write = (chunks) => {
      for (const chunk of chunks)
        sent.push(chunk, (message) => this.#count(message, asked.worker, asked.master));
      return write(chunks);
    };
    const start = connection.start.bind(connection);
    connection.start = (events) =>
      start({
        ...events,
        data: (chunk) => {
          heard.push(chunk, (message) => this.#count(message, asked.master, asked.worker));
          events.data(chunk);
        },
      });
    return connection;
  }

  /** A reply counts under the command that it answers. */
  #count({ command, counter }: Message, own: Map<number, string>, others: Map<number, string>): void {
    if (!isReply(command)) own.set(counter, command);
    const name = isReply(command) ? `${others.get(counter)}: ${command}` : command;
    this.#messages[name] = (this.#messages[name] ?? 0) + 1;
  }
}
