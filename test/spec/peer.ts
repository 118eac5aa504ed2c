import { randomBytes } from 'node:crypto';
import { digestBytes } from '../../src/files/digest.ts';
import { type BulkSink, Channel } from '../../src/node/channel.ts';
import type { Clock } from '../../src/node/clock.ts';
import type { ArgsOf, CommandName, ReplyOf } from '../../src/protocol/commands.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import type { MusterError } from '../../src/protocol/errors.ts';
import { waitFor } from '../harness/wait-for.ts';
import type { Wire } from './wire.ts';

export interface Heard {
  readonly counter: number;
  readonly command: CommandName;
  // biome-ignore lint/suspicious/noExplicitAny: what a request carries differs by command
  readonly args: any;
}

/** A worker by hand: it says and answers what a test wants, and nothing else. */
export class Peer {
  readonly channel: Channel;
  /** Requests of the master, in order. */
  readonly heard: Heard[] = [];
  isClosed = false;

  private constructor(channel: (peer: Peer) => Channel) {
    this.channel = channel(this);
  }

  static async connect(wire: Wire, clock: Clock): Promise<Peer> {
    const connection = await wire.transport.connect({ timeoutMs: 1_000 });
    return new Peer(
      (peer) =>
        new Channel({
          id: 1,
          connection,
          dialect: musterDialect,
          clock,
          awaitsHello: false,
          onRequest: (counter, command, args) => {
            if (command === 'echo-m') peer.channel.reply<'echo-m'>(counter, args as ArgsOf<'echo-m'>);
            else peer.heard.push({ counter, command, args });
          },
          onClose: () => {
            peer.isClosed = true;
          },
        }),
    );
  }

  /** Says `hello`, as worker `peer` unless told otherwise. */
  hello(change: Partial<ArgsOf<'hello'>> = {}) {
    return this.channel.request('hello', {
      name: 'peer',
      cluster: 'wazuh',
      type: 'worker',
      version: 'test',
      protocol: { min: 1, max: 1 },
      features: [],
      node: randomBytes(16).toString('hex'),
      session: 1,
      ...change,
    });
  }

  ask(digest: string | null = null) {
    return this.channel.request('syn_i_w_m_p', { digest });
  }

  async begin(): Promise<string> {
    await this.ask();
    return (await this.channel.request('syn_i_w_m', {})).task;
  }

  /** Sends a file, whole; returns the name under which the master knows it. */
  async sendFile(name: string, content: string | Uint8Array): Promise<void> {
    const data = Buffer.from(content);
    const digest = await digestBytes(data);
    const { handle } = await this.channel.request('new_file', { name, size: data.length, digest });
    if (data.length > 0) await this.channel.sendBulk('file_upd', handle, 0, data);
    await this.channel.request('file_end', { handle, digest });
  }

  /** Begins a process and shows this metadata. Returns the task. */
  async show(metadata: string | Uint8Array): Promise<string> {
    const task = await this.begin();
    await this.sendFile('shown.meta', metadata);
    await this.channel.request('syn_i_w_m_e', { task, file: 'shown.meta' });
    return task;
  }

  /** The next request of this kind; takes it out of `heard`. */
  async next(command: CommandName): Promise<Heard> {
    const request = await waitFor(
      `the master to send ${command}`,
      () => this.heard.find((candidate) => candidate.command === command),
      5_000,
      () => this.heard.map(({ command: name }) => name).join(' '),
    );
    this.heard.splice(this.heard.indexOf(request), 1);
    return request;
  }

  /** Accepts a file that the master wants to send; each piece of it is confirmed when `piece` resolves. */
  async accept(offset: 'whole' | 'nothing', piece: BulkSink = async () => {}): Promise<Heard> {
    const file = await this.next('new_file');
    this.channel.openBulk('file_upd', file.counter, piece);
    this.channel.reply<'new_file'>(file.counter, {
      handle: file.counter,
      offset: offset === 'whole' ? file.args.size : 0,
    });
    return file;
  }

  async confirm<C extends CommandName>(command: C, reply: ReplyOf<C>): Promise<Heard> {
    const request = await this.next(command);
    this.channel.reply<C>(request.counter, reply);
    return request;
  }

  /** What a refused request says. */
  static async refusal(request: Promise<unknown>): Promise<MusterError> {
    return await request.then(
      () => {
        throw new Error('it was not refused');
      },
      (error: MusterError) => error,
    );
  }
}
