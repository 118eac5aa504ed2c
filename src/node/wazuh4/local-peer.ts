import type { ArgsOf, CommandName, ReplyOf } from '../../protocol/commands.ts';
import type { BulkData } from '../../protocol/dialects/dialect.ts';
import type { wazuh4LocalCommands } from '../../protocol/dialects/wazuh4/commands/local.ts';
import { type Wazuh4Request, wazuh4Local } from '../../protocol/dialects/wazuh4/dialect.ts';
import { exceptionOfError, lineOf } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { wazuh4Format } from '../../protocol/dialects/wazuh4/header.ts';
import { wazuh4LocalLimits } from '../../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/frame.ts';
import { type HeardFromClient, type LocalPeerOptions, localListener } from './local-hearing.ts';
import { Wazuh4Speaker } from './speaker.ts';
import { SENT_FILE } from './tell-sent.ts';

type Table = typeof wazuh4LocalCommands;

/**
 * A local client made for Wazuh 4.x, as if it were one of ours. There, what a worker has to ask its master, and what a
 * service says, comes as a request to the client, after a reply that says nothing; here both go out when the answer is known, but where a client asks to be told at once.
 */
export class Wazuh4LocalPeer extends Wazuh4Speaker<Table, HeardFromClient> {
  readonly framing = {
    format: wazuh4Format,
    limitsBeforeHello: wazuh4LocalLimits,
    limitsAfterHello: wazuh4LocalLimits,
  };
  readonly decrypts = false;
  #nextCounter = (): number => {
    throw new MusterError(3018, 'no connection gives counters');
  };
  protected readonly hear: (request: Wazuh4Request<Table>) => HeardFromClient;

  constructor(options: LocalPeerOptions) {
    super(wazuh4Local(options.role === 'master' ? 'local-master' : 'local-worker'));
    this.hear = localListener(options, this.wire, () => this.#nextCounter());
  }

  drawCounters(next: () => number): void {
    this.#nextCounter = next;
  }

  encodeRequest<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): Uint8Array[] {
    const said = args as never;
    switch (command) {
      case 'new_str':
        return this.wire.encodeRequest(counter, 'new_str', { size: (said as ArgsOf<'new_str'>).size });
      case 'str_upd': {
        const { handle, data } = said as ArgsOf<'str_upd'>;
        return this.wire.encodeRequest(counter, 'str_upd', { id: handle, data });
      }
      case 'dapi_res': {
        const { id, handle } = said as ArgsOf<'dapi_res'>;
        if (handle === null) throw new MusterError(3018, `dapi_res ${id}: there is no string`);
        const word = id === SENT_FILE ? 'send_f_res' : 'dapi_res';
        return this.wire.encodeRequest(counter, word, { string: handle });
      }
      case 'sendsyn_res': {
        const { text } = said as ArgsOf<'sendsyn_res'>;
        return this.wire.encodeRequest(counter, 'ok', { data: Buffer.from(text ?? '') });
      }
      case 'sendsyn_err': {
        const error = MusterError.fromWire((said as ArgsOf<'sendsyn_err'>).error);
        return this.wire.encodeRequest(counter, 'err', { text: lineOf(exceptionOfError(error)) });
      }
      default:
        throw new MusterError(3018, `a client of Wazuh 4.x does not know ${command}`);
    }
  }

  decodeReply<C extends CommandName>(command: C, message: Message): ReplyOf<C> {
    if (command !== 'new_str') return {} as ReplyOf<C>;
    return { handle: this.wire.decodeReply('new_str', message).id } as ReplyOf<C>;
  }

  decodeBulk({ command }: Message): BulkData {
    throw new MusterError(3109, command);
  }

  encodeReply<C extends CommandName>(counter: number, _command: C, reply: ReplyOf<C>): Uint8Array[] {
    return this.taken(counter).answer(counter, reply as never);
  }

  encodeFailure(counter: number, error: MusterError): Uint8Array[] {
    const heard = this.forget(counter);
    if (heard?.fail !== undefined) return heard.fail(counter, error);
    return this.wire.encodeFailure(counter, error);
  }
}
