import type { EventObject } from 'xstate';
import type { DapiRequestInput } from '../../../machines/dapi/request.ts';
import type { Failure } from '../../../machines/failure.ts';
import { KeyedTurns } from '../../keyed-turns.ts';
import type { ArgsOf, CommandName, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { HandlerServices } from '../../requests/handlers.ts';
import { ALL_NODES } from '../../requests/method.ts';
import { limitsOf, opened } from '../../requests/wazuh4/translate.ts';
import type { Channel } from '../channel.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { checkUnderstood } from '../wazuh4/refused.ts';
import { AgentNodes } from './agent-nodes.ts';
import { AnswerMaker } from './answer-maker.ts';
import { Forwards } from './forwards.ts';
import { LateRefusals } from './late-refusals.ts';
import { MAX_UNCONFIRMED_MESSAGES, MESSAGES_OF_TURN } from './limits.ts';
import { LiveRequests } from './live-requests.ts';
import { dapiMachines } from './machines.ts';
import { SendsyncMessages, sendsyncForward } from './sendsync.ts';
import { Slices } from './slices.ts';

/** The dynamic supervisors below `requests`. */
export type RequestKind = 'dapi' | 'sendsync';

/** Reaches the actors of requests, wherever they stand in the tree. */
export interface RequestTree {
  start(kind: RequestKind, requestId: number, input: object): void;
  tell(kind: RequestKind, requestId: number, event: EventObject): void;
}

/** A message about requests, as the handler of a connection hears of it. */
export interface HandedEvent<Command extends CommandName = CommandName> {
  type: `rx.${Command}`;
  counter: number;
}

/** The connection that a message came over, and the name of the node at its other end then; null for a local client. */
interface Sender {
  readonly connectionId: number;
  readonly node: string | null;
}

interface Heard {
  readonly command: CommandName;
  readonly args: never;
}

/** What a message comes to: its reply, and what begins when that is sent. */
interface Taken {
  readonly reply: object;
  begin?(): void;
  /** Nothing is to begin: the reply could not be sent. */
  drop?(): void;
}

/**
 * What a node does with requests of the distributed API and messages for services: the handlers of its connections hand
 * them over here, and say when a connection is gone; every one of them is an actor in the tree.
 */
export class NodeRequests {
  readonly machines: ReturnType<typeof dapiMachines>;
  readonly sendsync: SendsyncMessages;
  /** The worker's way to services of the master. */
  readonly toMaster: ReturnType<typeof sendsyncForward>;
  readonly #services: NodeServices;
  readonly #tree: RequestTree;
  readonly #live = new LiveRequests();
  readonly #forwards: Forwards;
  readonly #refusals: LateRefusals;
  /** What was said, by its event; one that no state has a use for is forgotten with it. */
  readonly #heard = new WeakMap<object, Heard>();
  readonly #slices = new Slices(MESSAGES_OF_TURN);
  #lastNumber = 0;

  constructor(
    services: NodeServices,
    transfers: Transfers,
    tree: RequestTree,
    handlerServices: HandlerServices,
  ) {
    this.#services = services;
    this.#tree = tree;
    const unconfirmed = new KeyedTurns<number>({ atOnce: MAX_UNCONFIRMED_MESSAGES });
    this.#forwards = new Forwards(transfers.strings, unconfirmed);
    this.#refusals = new LateRefusals({
      nodeName: services.config.nodeName,
      timeoutMs: services.config.intervals.communication.timeoutClusterRequestMs,
      log: () => services.log.tagged(services.config.role === 'master' ? 'Master' : 'Worker', 'D API'),
      inTurn: (connectionId, say) => unconfirmed.run(connectionId, say),
    });
    const nextNumber = () => {
      this.#lastNumber += 1;
      return this.#lastNumber;
    };
    this.machines = dapiMachines({
      services,
      transfers,
      live: this.#live,
      forwards: this.#forwards,
      unconfirmed,
      answers: new AnswerMaker(),
      agentNodes: new AgentNodes(services.store),
      handlerServices,
      nextNumber,
      queueEnded: () => this.#abandonAll(),
    });
    this.sendsync = new SendsyncMessages(
      services,
      (requestId, input) => tree.start('sendsync', requestId, input),
      (requestId, event) => tree.tell('sendsync', requestId, event),
    );
    this.toMaster = sendsyncForward(services, this.#forwards, nextNumber);
  }

  /** Requests that this node has now. */
  get size(): number {
    return this.#live.size;
  }

  /** The event of a message about requests. Arguments and answers may be long, and stay out of it. */
  hear<Command extends CommandName>(counter: number, command: Command, args: never): HandedEvent<Command> {
    const event: HandedEvent<Command> = { type: `rx.${command}`, counter };
    this.#heard.set(event, { command, args });
    return event;
  }

  /**
   * Takes a message whose event was made by `hear`, and answers it: `dapi`, `dapi_fwd`, `dapi_res`, `dapi_err`, `sendsync`,
   * `sendsyn_res`, `sendsyn_err`, `cancel_task`. In their order, some in each turn of the event loop.
   */
  take(connectionId: number, event: object): void {
    const from = { connectionId, node: this.#nodeBehind(connectionId) };
    this.#slices.run(() => this.#take(from, event));
  }

  #take(from: Sender, event: object): void {
    const { connectionId } = from;
    const heard = this.#heard.get(event);
    if (heard === undefined) throw new Error('an event that nobody has heard');
    const { counter } = event as HandedEvent;
    const channel = this.#services.channels.find(connectionId);
    let taken: Taken | null = null;
    try {
      taken = this.#answer(from, heard.command, heard.args);
      channel?.reply(counter, taken.reply as ReplyOf<CommandName>);
    } catch (error) {
      taken?.drop?.();
      if (channel !== undefined) this.#refuse(channel, from, counter, heard, MusterError.from(error));
      return;
    }
    // After its name is told, so that no answer can be earlier.
    taken.begin?.();
  }

  #refuse(channel: Channel, from: Sender, counter: number, heard: Heard, error: MusterError): void {
    const { id, request } = heard.args as { id: string | null; request?: ArgsOf<'dapi'>['request'] };
    // A local client looks at the answer; and of a name that is taken somebody waits for another request.
    const isLate =
      from.node !== null && id !== null && !this.#isUnderWay(from.connectionId, heard.command, id);
    const asked = { command: heard.command, id: isLate ? id : null, ...(request && { request }) };
    if (!this.#refusals.take(channel, counter, asked, error)) channel.fail(counter, error);
  }

  #isUnderWay(connectionId: number, command: CommandName, id: string): boolean {
    return command === 'sendsync'
      ? this.sendsync.has(connectionId, id)
      : this.#live.byOrigin(connectionId, id) !== undefined;
  }

  /** A connection is gone: nothing comes over it any more behind what has come, and nobody waits there. */
  connectionClosed(connectionId: number, name: string): void {
    this.#slices.run(() => this.#connectionClosed(connectionId, name));
  }

  #connectionClosed(connectionId: number, name: string): void {
    this.#forwards.connectionClosed(connectionId, name);
    for (const { requestId } of this.#live.allOf(connectionId)) {
      this.#tree.tell('dapi', requestId, { type: 'origin.lost' });
    }
    this.sendsync.connectionClosed(connectionId);
  }

  /** The actor of a request ended without an outcome. */
  abandon(kind: RequestKind, requestId: number, failure: Failure): void {
    if (kind === 'dapi') this.machines.abandon(requestId, failure);
    else this.sendsync.abandon(requestId, failure);
  }

  /** The part of the tree that they stand in has ended: whatever is left has nobody who could end it. */
  #abandonAll(): void {
    const failure = { code: 3125, message: 'requests are not taken' };
    for (const { requestId } of this.#live.all()) this.machines.abandon(requestId, failure);
    this.sendsync.abandonAll(failure);
  }

  #answer(from: Sender, command: CommandName, args: never): Taken {
    const { connectionId } = from;
    checkUnderstood(args);
    switch (command) {
      case 'dapi':
        return this.#request(from, args);
      case 'dapi_fwd':
        return this.#forward(connectionId, args);
      case 'dapi_res':
      case 'sendsyn_res': {
        const { id, handle, text }: ArgsOf<'dapi_res'> = args;
        this.#forwards.answered(connectionId, id, handle, text);
        return { reply: {} };
      }
      case 'dapi_err':
      case 'sendsyn_err': {
        const { id, error }: ArgsOf<'dapi_err'> = args;
        this.#forwards.failed(connectionId, id, MusterError.fromWire(error));
        return { reply: {} };
      }
      case 'sendsync':
        this.sendsync.take(connectionId, args);
        return { reply: { answer: null } };
      case 'cancel_task':
        this.#cancel(connectionId, args);
        return { reply: {} };
      default:
        throw new MusterError(3109, command);
    }
  }

  #request({ connectionId, node }: Sender, { id, sender, request }: ArgsOf<'dapi'>): Taken {
    if (node === null && (id !== null || sender !== null)) {
      throw new MusterError(3108, 'dapi: a local client names neither itself nor its request');
    }
    if (node !== null) {
      if (id === null) throw new MusterError(3108, 'dapi: a node names its request');
      if (sender?.split('*').at(-1) !== node) throw new MusterError(3108, `dapi: the sender is not ${node}`);
    }
    // What a node has carried here: local clients write such requests themselves.
    return this.#admit(
      { connectionId, id, node },
      { sender, request: node === null ? request : opened(request) },
    );
  }

  #forward(connectionId: number, { node, request }: ArgsOf<'dapi_fwd'>): Taken {
    const forwardTo = node === ALL_NODES ? null : node;
    return this.#admit({ connectionId, id: null, node: null }, { sender: null, request, forwardTo });
  }

  #admit(
    origin: { connectionId: number; id: string | null; node: string | null },
    about: { sender: string | null; request: ArgsOf<'dapi'>['request']; forwardTo?: string | null },
  ): Taken {
    const { config, clock } = this.#services;
    const { timeoutDapiRequestMs, timeoutReceivingFileMs } = config.intervals.communication;
    const limits = limitsOf(about.request, timeoutDapiRequestMs);
    const live = this.#live.add(origin, { ...about, ...limits }, clock.elapsedMs());
    const { requestId } = live;
    const input: DapiRequestInput = {
      requestId,
      connectionId: origin.connectionId,
      source: origin.node ?? `*client-${origin.connectionId}`,
      place: this.machines.begin(live),
      ...limits,
      progressTimeoutMs: timeoutReceivingFileMs,
    };
    return {
      reply: { id: live.origin.id },
      begin: () => this.#tree.start('dapi', requestId, input),
      drop: () => this.#live.remove(requestId),
    };
  }

  /** The name of the node at the other end; null for a local client. */
  #nodeBehind(connectionId: number): string | null {
    const { channels, status } = this.#services;
    if (channels.master()?.id === connectionId) return status.master?.name ?? null;
    return status.workers.get(connectionId)?.name ?? null;
  }

  /** A request that has ended meanwhile needs no cancelling. */
  #cancel(connectionId: number, { task }: ArgsOf<'cancel_task'>): void {
    if (task === null) return;
    const live = this.#live.byOrigin(connectionId, task);
    if (live !== undefined) this.#tree.tell('dapi', live.requestId, { type: 'cancel' });
    else this.sendsync.cancel(connectionId, task);
  }
}
