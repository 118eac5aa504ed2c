import { relative } from 'node:path';
import type { CommandName, ReplyOf } from '../../protocol/commands.ts';
import type { wazuh4LocalCommands } from '../../protocol/dialects/wazuh4/commands/local.ts';
import { healthJson, nodesJson } from '../../protocol/dialects/wazuh4/commands/nodes.ts';
import type { Wazuh4Args, Wazuh4Local, Wazuh4Request } from '../../protocol/dialects/wazuh4/dialect.ts';
import { exceptionOfError, lineOf } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_DEADLINE_MS, MAX_ECHO_CHARS } from '../../protocol/limits.ts';
import { failureOf, understandRequest } from '../../requests/wazuh4/translate.ts';
import { health4, healthQueryOf, nodes4, queryOf } from '../../requests/wazuh4/views.ts';

type Table = typeof wazuh4LocalCommands;
type Args4<C extends keyof Table> = Wazuh4Args<Table, C>;
type Frames = Uint8Array[];
type AboutNodes = 'get_nodes' | 'get_health';

export interface LocalPeerOptions {
  readonly role: 'master' | 'worker';
  /** Files are named by where they lie in the file system. */
  readonly home: string;
  readonly compatibleVersion: string;
}

/** A request of the client in our terms, and what answers it: frames, because some answers are requests to the client. */
export interface HeardFromClient {
  readonly command: CommandName;
  readonly args: unknown;
  answer(counter: number, reply: never): Frames;
  /** Where a failure is told otherwise than by `err`. */
  fail?(counter: number, error: MusterError): Frames;
}

/** What each command of a client means. */
type Meanings = { readonly [C in keyof Table]?: (args: Args4<C>) => HeardFromClient };

const NOTHING = {};
/** A worker without a master says so at once. */
const NO_MASTER = 3023;

/**
 * Puts what a client says into our terms. Throws what it is to be told; 3109 for what is not served. `nextCounter`: for
 * requests to it whose replies nobody waits for, none that is waited for has it.
 */
export function localListener(options: LocalPeerOptions, wire: Wazuh4Local, nextCounter: () => number) {
  const all = new LocalHearing(options, wire, nextCounter).meanings;
  return ({ command, args }: Wazuh4Request<Table>): HeardFromClient => {
    const hear = Object.hasOwn(all, command) ? all[command] : undefined;
    if (hear === undefined) throw new MusterError(3109, command);
    return (hear as (args: unknown) => HeardFromClient)(args);
  };
}

class LocalHearing {
  readonly meanings: Meanings = {
    echo: (args) => this.#echo('echo', args),
    'echo-c': (args) => this.#echo('echo-c', args),
    get_config: () =>
      this.#plain('get_config', 'get_config', NOTHING, ({ hidden, ...config }: ReplyOf<'get_config'>) => ({
        ...config,
        // Who may open the socket need not know it.
        key: '',
        hidden: hidden ? 'yes' : 'no',
      })),
    get_hash: () => this.#plain('get_hash', 'get_hash', NOTHING, ({ files }: ReplyOf<'get_hash'>) => files),
    get_nodes: (query) =>
      this.#ofMaster('get_nodes', queryOf(query), (reply: ReplyOf<'get_nodes'>) =>
        nodes4(reply, this.#options.compatibleVersion),
      ),
    get_health: (query) =>
      this.#ofMaster('get_health', healthQueryOf(query), (reply: ReplyOf<'get_health'>) =>
        health4(reply, query, this.#options.compatibleVersion),
      ),
    send_file: (args) => this.#sendFile(args),
    dapi: ({ request }) => {
      const args = { id: null, sender: null, request: understandRequest(request) };
      return this.#plain('dapi', 'dapi', args, () => NOTHING);
    },
    dapi_fwd: ({ node, request }) => {
      const args = { node, request: understandRequest(request) };
      return {
        ...this.#plain('dapi_fwd', 'dapi_fwd', args, () => NOTHING),
        fail: (counter, error) => this.#wire.encodeFailure(counter, failureOf(error, args.request, node)),
      };
    },
    sendsync: (args) => this.#service(args),
    sendasync: (args) => this.#serviceLater(args),
  };
  readonly #options: LocalPeerOptions;
  readonly #wire: Wazuh4Local;
  readonly #nextCounter: () => number;

  constructor(options: LocalPeerOptions, wire: Wazuh4Local, nextCounter: () => number) {
    this.#options = options;
    this.#wire = wire;
    this.#nextCounter = nextCounter;
  }

  #plain<C extends keyof Table & string>(
    as: C,
    command: CommandName,
    args: unknown,
    told: (reply: never) => unknown,
  ): HeardFromClient {
    return {
      command,
      args,
      answer: (counter, reply) => this.#wire.encodeReply(counter, as, told(reply) as never),
    };
  }

  #echo(as: 'echo' | 'echo-c', { data }: Args4<'echo'>): HeardFromClient {
    if (data.length > MAX_ECHO_CHARS) throw new MusterError(3113, `an echo of ${data.length} bytes`);
    const text = Buffer.from(data).toString('latin1');
    return this.#plain(as, as, { data: text }, (reply: { data: string }) => ({
      data: Buffer.from(reply.data, 'latin1'),
    }));
  }

  /** What the master knows is answered by it at once, and by a worker when it was told. */
  #ofMaster(as: AboutNodes, args: unknown, told: (reply: never) => object): HeardFromClient {
    if (this.#options.role === 'master') return this.#plain(as, as, args, told);
    return {
      command: as,
      args,
      answer: (counter, reply) => {
        const acknowledged = this.#wire.encodeReply(counter, as, null as never);
        return [...acknowledged, ...this.#later('control_res', { data: asOfMaster[as](told(reply)) })];
      },
    };
  }

  #sendFile({ path, node }: Args4<'send_file'>): HeardFromClient {
    const { home, role } = this.#options;
    const below = relative(home, path);
    // What does not lie there is refused, by the name that the client knows.
    const args = { path: below.startsWith('..') ? path : below, node: role === 'master' ? node : null };
    // How many bytes it were is told as a long string (tell-sent.ts).
    return this.#plain('send_file', 'send_file', args, () => NOTHING);
  }

  /** There is no reply: the answer is a request, `ok` or `err`. */
  #service(args: Args4<'sendsync'>): HeardFromClient {
    return {
      command: 'sendsync',
      args: messageOf(args, null),
      answer: (_counter, { answer }: ReplyOf<'sendsync'>) =>
        this.#later('ok', { data: Buffer.from(answer ?? '') }),
      fail: (counter, error) =>
        error.code === NO_MASTER
          ? this.#wire.encodeFailure(counter, error)
          : this.#later('err', { text: lineOf(exceptionOfError(error)) }),
    };
  }

  /** The reply says that it is taken, and has to come at once; the answer is told like that of a message of a node. */
  #serviceLater(args: Args4<'sendasync'>): HeardFromClient {
    return {
      command: 'sendsync',
      args: messageOf(args, 'sendasync'),
      answer: (counter) => this.#wire.encodeReply(counter, 'sendasync', NOTHING),
    };
  }

  #later<C extends 'control_res' | 'ok' | 'err'>(command: C, args: Args4<C>): Frames {
    return this.#wire.encodeRequest(this.#nextCounter(), command, args);
  }
}

const messageOf = ({ request: { daemon_name: daemon, message } }: Args4<'sendsync'>, id: string | null) => ({
  id,
  daemon,
  message,
  timeoutMs: MAX_DEADLINE_MS,
});

/** What the reply of a master would hold; what is long is divided as any other message. */
const asOfMaster = {
  get_nodes: (value: object) => Buffer.concat(nodesJson.encode(value as never)),
  get_health: (value: object) => Buffer.concat(healthJson.encode(value as never)),
};
