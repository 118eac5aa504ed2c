import { isUtf8 } from 'node:buffer';
import { fromPromise } from 'xstate';
import { nameOfRequest } from '../../../machines/dapi/request-name.ts';
import type { Failure } from '../../../machines/failure.ts';
import { sendsyncRequestMachine } from '../../../machines/sendsync/request.ts';
import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Forward } from '../../registration/forwarding.ts';
import { MAX_AUTHD_BYTES } from '../../registration/limits.ts';
import { asError, told } from '../effects/failures.ts';
import { masterChannel } from '../effects/master-channel.ts';
import type { NodeServices } from '../services.ts';
import { sendString } from '../wazuh4/send-string.ts';
import { type Answer, textOf as textOfAnswer } from './answer.ts';
import type { Forwards } from './forwards.ts';
import { MAX_WORKER_MESSAGES, SENDSYNC_TIMEOUT_MS } from './limits.ts';
import { AUTHD, checkService, MasterServices } from './master-services.ts';

type Message = ArgsOf<'sendsync'>;

interface LiveMessage {
  readonly requestId: number;
  readonly connectionId: number;
  readonly id: string;
  readonly daemon: string;
  /** What the service is told. */
  readonly request: string;
  readonly startedMs: number;
  text: string;
}

/** A message as the service takes it: an object is sent as JSON, a text as it is. */
const textOf = ({ message }: Message) => (typeof message === 'string' ? message : JSON.stringify(message));

/** What a service said, for whoever asked: as it came. Throws 3213 for what is no text. */
function serviceText(answer: Answer): string {
  if (typeof answer !== 'string' && !isUtf8(answer)) throw new MusterError(3213, 'it is not UTF-8');
  return textOfAnswer(answer);
}

/** The worker's side: carries messages to the master's services and brings their answers. */
export function sendsyncForward(services: NodeServices, forwards: Forwards, nextNumber: () => number) {
  const send = async (args: Omit<Message, 'id'>, signal: AbortSignal): Promise<string> => {
    const channel = masterChannel(services);
    const id = nameOfRequest(nextNumber());
    const timed = AbortSignal.any([signal, AbortSignal.timeout(args.timeoutMs)]);
    try {
      return serviceText(
        await forwards.ask(channel, id, timed, () => channel.request('sendsync', { ...args, id })),
      );
    } catch (error) {
      const isLate = timed.aborted && !signal.aborted;
      throw isLate ? new MusterError(3020, `${args.daemon} of the master`) : error;
    }
  };
  const registration: Forward = (message, signal) =>
    send({ daemon: AUTHD, message, timeoutMs: SENDSYNC_TIMEOUT_MS }, signal);
  return { send, registration };
}

/** The master's side: every message of a worker is a machine. */
export class SendsyncMessages {
  readonly machine;
  readonly #services: NodeServices;
  readonly #start: (requestId: number, input: object) => void;
  readonly #tell: (requestId: number, event: { type: 'cancel' } | { type: 'origin.lost' }) => void;
  readonly #messages = new Map<number, LiveMessage>();
  /** The same by connection and name. */
  readonly #byWorker = new Map<number, Map<string, LiveMessage>>();
  #lastNumber = 0;

  constructor(
    services: NodeServices,
    start: (requestId: number, input: object) => void,
    tell: (requestId: number, event: { type: 'cancel' } | { type: 'origin.lost' }) => void,
  ) {
    this.#services = services;
    this.#start = start;
    this.#tell = tell;
    this.machine = this.#provided();
  }

  /** Takes a message of a worker. Throws 1013 for a service that there is not, 3110 for too many, 3113 for one that is too long. */
  take(connectionId: number, message: Message): void {
    checkService(message.daemon);
    if (message.id === null) throw new MusterError(3108, 'sendsync: a message of a node has a name');
    const request = textOf(message);
    // Longer ones the service would not read; kept, they would cost the master what the worker pleases.
    if (Buffer.byteLength(request) > MAX_AUTHD_BYTES) {
      throw new MusterError(
        3113,
        `a message of ${Buffer.byteLength(request)} bytes; ${message.daemon} takes ${MAX_AUTHD_BYTES}`,
      );
    }
    const own = this.#byWorker.get(connectionId) ?? new Map<string, LiveMessage>();
    if (own.size >= MAX_WORKER_MESSAGES) throw new MusterError(3110, `${own.size} messages for services`);
    if (own.has(message.id)) throw new MusterError(3108, `${message.id} is under way`);
    this.#lastNumber += 1;
    const requestId = this.#lastNumber;
    const live: LiveMessage = {
      requestId,
      connectionId,
      id: message.id,
      daemon: message.daemon,
      request,
      startedMs: this.#services.clock.elapsedMs(),
      text: '',
    };
    this.#messages.set(requestId, live);
    this.#byWorker.set(connectionId, own.set(live.id, live));
    this.#start(requestId, { requestId, timeoutMs: message.timeoutMs });
  }

  /** Whether a message of this name is under way. */
  has(connectionId: number, id: string): boolean {
    return this.#byWorker.get(connectionId)?.has(id) === true;
  }

  /** Gives a message up. False if none has this name. */
  cancel(connectionId: number, id: string): boolean {
    const message = this.#byWorker.get(connectionId)?.get(id);
    if (message !== undefined) this.#tell(message.requestId, { type: 'cancel' });
    return message !== undefined;
  }

  connectionClosed(connectionId: number): void {
    for (const { requestId } of [...(this.#byWorker.get(connectionId)?.values() ?? [])]) {
      this.#tell(requestId, { type: 'origin.lost' });
    }
  }

  /** A message whose machine ended without an outcome. */
  abandon(requestId: number, failure: Failure): void {
    this.#refuse(requestId, failure);
    this.#forget(requestId);
  }

  abandonAll(failure: Failure): void {
    for (const requestId of [...this.#messages.keys()]) this.abandon(requestId, failure);
  }

  #get(requestId: number): LiveMessage {
    const message = this.#messages.get(requestId);
    if (message === undefined) throw new MusterError(3032, `message ${requestId} has ended`);
    return message;
  }

  #forget(requestId: number): void {
    const message = this.#messages.get(requestId);
    if (message === undefined) return;
    this.#messages.delete(requestId);
    const own = this.#byWorker.get(message.connectionId);
    own?.delete(message.id);
    if (own?.size === 0) this.#byWorker.delete(message.connectionId);
  }

  #refuse(requestId: number, failure: Failure): void {
    const message = this.#messages.get(requestId);
    if (message === undefined) return;
    this.#services.channels
      .find(message.connectionId)
      ?.request('sendsyn_err', { id: message.id, error: asError(failure).toWire() })
      .catch((error) => this.#log.debug('A failure could not be told', { error }));
  }

  get #log() {
    return this.#services.log.tagged('Master', 'SendSync');
  }

  #provided() {
    const { channels, clock, status, config } = this.#services;
    const masterServices = new MasterServices(this.#services);
    const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
    return sendsyncRequestMachine.provide({
      actors: {
        ask: fromPromise<void, { requestId: number }>(async ({ input, signal }) => {
          const live = this.#get(input.requestId);
          live.text = await masterServices.ask(live.daemon, live.request, signal);
        }),
        notify: fromPromise<void, { requestId: number }>(async ({ input, signal }) => {
          const { connectionId, id, text } = this.#get(input.requestId);
          const channel = channels.get(connectionId);
          const options = { timeoutMs, signal };
          if (channel.traits.takesShortAnswers)
            await channel.request('sendsyn_res', { id, handle: null, text }, options);
          else
            await sendString(channel, text, options, (handle) =>
              channel.request('sendsyn_res', { id, handle, text: null }, options),
            );
        }),
      },
      actions: {
        refuse: (_, { requestId, failure }) => this.#refuse(requestId, failure),
        finish: (_, { requestId, outcome, failure }) => {
          const message = this.#messages.get(requestId);
          if (message === undefined) return;
          this.#forget(requestId);
          const took = ((clock.elapsedMs() - message.startedMs) / 1000).toFixed(3);
          const worker = status.workers.get(message.connectionId)?.name ?? 'a worker that is gone';
          const words = `${message.daemon} for ${worker} (${message.id}): ${outcome} in ${took}s`;
          this.#log[failure === null ? 'debug' : 'info'](
            failure === null ? words : `${words}: ${told(failure)}`,
          );
        },
      },
    });
  }
}
