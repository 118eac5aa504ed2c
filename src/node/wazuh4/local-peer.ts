import { relative } from 'node:path';
import type { ArgsOf, CommandName, ReplyOf } from '../../protocol/commands.ts';
import type { BulkCommand, BulkData, Dialect, Request } from '../../protocol/dialects/dialect.ts';
import { wazuh4Traits } from '../../protocol/dialects/peer-traits.ts';
import type { wazuh4LocalCommands } from '../../protocol/dialects/wazuh4/commands/local.ts';
import {
  isWazuh4Reply,
  type Wazuh4Args,
  type Wazuh4Local,
  type Wazuh4Request,
  wazuh4Local,
} from '../../protocol/dialects/wazuh4/dialect.ts';
import { exceptionOfError, lineOf } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { wazuh4Format } from '../../protocol/dialects/wazuh4/header.ts';
import { wazuh4LocalLimits } from '../../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/frame.ts';
import { MAX_COUNTER, MAX_DEADLINE_MS, MAX_ECHO_CHARS, MAX_HANDLE } from '../../protocol/limits.ts';
import { understandRequest } from '../../requests/wazuh4/translate.ts';
import { health4, healthQueryOf, nodes4, queryOf } from '../../requests/wazuh4/views.ts';

type Table = typeof wazuh4LocalCommands;
type Args4<C extends keyof Table> = Wazuh4Args<Table, C>;
type Frames = Uint8Array[];

export interface LocalPeerOptions {
  readonly role: 'master' | 'worker';
  /** Files are named by where they lie in the file system. */
  readonly home: string;
  readonly compatibleVersion: string;
}

/** A request of the client in our terms, and what answers it: frames, because some answers are requests to the client. */
interface Heard {
  readonly command: CommandName;
  readonly args: unknown;
  answer(counter: number, reply: never): Frames;
  /** Where a failure is told otherwise than by `err`. */
  fail?(counter: number, error: MusterError): Frames;
}

const NOTHING = {};
/** A worker without a master says so at once. */
const NO_MASTER = 3023;

/**
 * A local client made for Wazuh 4.x, as if it were one of ours. There, what a worker has to ask its master, and what a
 * service says, comes as a request to the client, after a reply that says nothing; here both go out when the answer is known.
 */
export class Wazuh4LocalPeer implements Dialect {
  readonly name = 'wazuh4';
  readonly traits = wazuh4Traits;
  readonly framing = {
    format: wazuh4Format,
    limitsBeforeHello: wazuh4LocalLimits,
    limitsAfterHello: wazuh4LocalLimits,
  };
  readonly decrypts = false;
  readonly #wire: Wazuh4Local;
  readonly #options: LocalPeerOptions;
  readonly #heard = new Map<number, Heard>();
  /** Of requests whose replies nobody waits for; those of the channel count from another end. */
  #counter = MAX_COUNTER;

  constructor(options: LocalPeerOptions) {
    this.#options = options;
    this.#wire = wazuh4Local(options.role === 'master' ? 'local-master' : 'local-worker');
  }

  isReply(command: string): boolean {
    return isWazuh4Reply(command);
  }

  encodeRequest<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): Frames {
    const said = args as never;
    switch (command) {
      case 'new_str':
        return this.#wire.encodeRequest(counter, 'new_str', { size: (said as ArgsOf<'new_str'>).size });
      case 'str_upd': {
        const { handle, data } = said as ArgsOf<'str_upd'>;
        return this.#wire.encodeRequest(counter, 'str_upd', { id: handle, data });
      }
      case 'dapi_res': {
        const { handle } = said as ArgsOf<'dapi_res'>;
        return this.#wire.encodeRequest(counter, 'dapi_res', { string: handle ?? 0 });
      }
      default:
        throw new MusterError(3018, `a client of Wazuh 4.x does not know ${command}`);
    }
  }

  decodeReply<C extends CommandName>(command: C, message: Message): ReplyOf<C> {
    if (command !== 'new_str') return NOTHING as ReplyOf<C>;
    return { handle: this.#wire.decodeReply('new_str', message).id } as ReplyOf<C>;
  }

  decodeFailure(message: Message): MusterError {
    return this.#wire.decodeFailure(message);
  }

  encodeBulk(
    counter: number,
    command: BulkCommand,
    handle: number,
    offset: number,
    data: Uint8Array,
  ): Frames {
    return this.encodeRequest(counter, command, { handle, offset, data: data as Uint8Array<ArrayBuffer> });
  }

  decodeBulk({ command }: Message): BulkData {
    throw new MusterError(3109, command);
  }

  decodeRequest(message: Message): Request {
    const heard = this.#hear(this.#wire.decodeRequest(message));
    this.#heard.set(message.counter, heard);
    return heard;
  }

  encodeReply<C extends CommandName>(counter: number, _command: C, reply: ReplyOf<C>): Frames {
    return this.#taken(counter).answer(counter, reply as never);
  }

  encodePacked(): Frames {
    throw new MusterError(3018, 'a client of Wazuh 4.x is told nothing that was packed for others');
  }

  encodeFailure(counter: number, error: MusterError): Frames {
    const heard = this.#heard.get(counter);
    this.#heard.delete(counter);
    if (heard?.fail !== undefined && error.code !== NO_MASTER) return heard.fail(counter, error);
    return this.#wire.encodeFailure(counter, error);
  }

  #taken(counter: number): Heard {
    const heard = this.#heard.get(counter);
    this.#heard.delete(counter);
    if (heard === undefined) throw new MusterError(3018, `nobody has asked ${counter}`);
    return heard;
  }

  #hear({ command, args }: Wazuh4Request<Table>): Heard {
    const { compatibleVersion: version } = this.#options;
    switch (command) {
      case 'echo':
      case 'echo-c':
        return this.#echo(command, args);
      case 'get_config':
        return this.#plain(
          command,
          'get_config',
          NOTHING,
          ({ hidden, ...config }: ReplyOf<'get_config'>) => ({
            ...config,
            // Who may open the socket need not know it.
            key: '',
            hidden: hidden ? 'yes' : 'no',
          }),
        );
      case 'get_hash':
        return this.#plain(command, 'get_hash', NOTHING, ({ files }: ReplyOf<'get_hash'>) => files);
      case 'get_nodes':
        return this.#ofMaster(command, queryOf(args), (reply: ReplyOf<'get_nodes'>) =>
          nodes4(reply, version),
        );
      case 'get_health':
        return this.#ofMaster(command, healthQueryOf(args), (reply: ReplyOf<'get_health'>) =>
          health4(reply, args, version),
        );
      case 'send_file':
        return this.#sendFile(args);
      case 'dapi':
        return this.#plain(
          command,
          'dapi',
          { id: null, sender: null, request: understandRequest(args.request) },
          () => NOTHING,
        );
      case 'dapi_fwd':
        return this.#plain(
          command,
          'dapi_fwd',
          { node: args.node, request: understandRequest(args.request) },
          () => NOTHING,
        );
      case 'sendsync':
      case 'sendasync':
        return this.#service(command, args);
      default:
        throw new MusterError(3109, command);
    }
  }

  #plain<C extends keyof Table & string>(
    as: C,
    command: CommandName,
    args: unknown,
    told: (reply: never) => unknown,
  ): Heard {
    return {
      command,
      args,
      answer: (counter, reply) => this.#wire.encodeReply(counter, as, told(reply) as never),
    };
  }

  #echo(as: 'echo' | 'echo-c', { data }: Args4<'echo'>): Heard {
    if (data.length > MAX_ECHO_CHARS) throw new MusterError(3113, `an echo of ${data.length} bytes`);
    const text = Buffer.from(data).toString('latin1');
    return this.#plain(as, as, { data: text }, (reply: { data: string }) => ({
      data: Buffer.from(reply.data, 'latin1'),
    }));
  }

  /** What the master knows is answered by it at once, and by a worker when it was told. */
  #ofMaster(as: 'get_nodes' | 'get_health', args: unknown, told: (reply: never) => object): Heard {
    if (this.#options.role === 'master') return this.#plain(as, as, args, told);
    return {
      command: as,
      args,
      answer: (counter, reply) => {
        const acknowledged = this.#wire.encodeReply(counter, as, null as never);
        const [data] = this.#jsonOf(as, told(reply));
        return [...acknowledged, ...this.#later('control_res', { data: data ?? Buffer.alloc(0) })];
      },
    };
  }

  /** As the reply of a master would be written. */
  #jsonOf(as: 'get_nodes' | 'get_health', value: object): Uint8Array[] {
    const [frame] = wazuh4Local('local-master').encodeReply(0, as, value as never);
    return frame === undefined ? [] : [frame.subarray(wazuh4Format.headerBytes)];
  }

  #sendFile({ path, node }: Args4<'send_file'>): Heard {
    const { home, role } = this.#options;
    const args = { path: relative(home, path), node: role === 'master' ? node : null };
    return {
      command: 'send_file',
      args,
      answer: (counter, { bytes }: ReplyOf<'send_file'>) => [
        ...this.#wire.encodeReply(counter, 'send_file', NOTHING),
        // The original fails to say this at all; clients take a number of a string for it, and this is one of bytes.
        ...this.#later('send_f_res', { string: Math.min(bytes, MAX_HANDLE) }),
      ],
    };
  }

  /** The answer is a request, `ok` or `err`; one of the two commands is acknowledged as well. */
  #service(
    as: 'sendsync' | 'sendasync',
    { request: { daemon_name: daemon, message } }: Args4<'sendsync'>,
  ): Heard {
    const acknowledged = (counter: number) =>
      as === 'sendasync' ? this.#wire.encodeReply(counter, as, NOTHING) : [];
    return {
      command: 'sendsync',
      args: { id: null, daemon, message, timeoutMs: MAX_DEADLINE_MS },
      answer: (counter, { answer }: ReplyOf<'sendsync'>) => {
        const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
        return [...acknowledged(counter), ...this.#later('ok', { data: Buffer.from(text) })];
      },
      fail: (counter, error) => [
        ...acknowledged(counter),
        ...this.#later('err', { text: lineOf(exceptionOfError(error)) }),
      ],
    };
  }

  #later<C extends 'control_res' | 'send_f_res' | 'ok' | 'err'>(command: C, args: Args4<C>): Frames {
    this.#counter -= 1;
    return this.#wire.encodeRequest(this.#counter, command, args);
  }
}
