import { fromPromise } from 'xstate';
import { localHandlerMachine } from '../../../machines/connection/local-handler.ts';
import { localRequestMachine } from '../../../machines/connection/local-request.ts';
import type { Failure } from '../../../machines/failure.ts';
import type { CommandName, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import { SharedRoom } from '../../protocol/shared-room.ts';
import { UnreadRoom } from '../../transport/unread-room.ts';
import type { NodeRequests } from '../dapi/node-requests.ts';
import type { NodeServices } from '../services.ts';
import { LOCAL_OWN_PENDING_BYTES, MAX_LOCAL_PENDING_BYTES, MAX_LOCAL_UNREAD_BYTES } from '../settings.ts';
import type { Transfers } from '../transfers/index.ts';
import { tellSent } from '../wazuh4/tell-sent.ts';
import { asError, told } from './failures.ts';
import { link } from './link.ts';
import { localAnswers } from './local-answers.ts';
import { isViolation, refusedRequests } from './refused-requests.ts';
import { RejectionLog } from './rejection-log.ts';

/** Requests that are answered later, and those who want them no longer. */
const HANDED: readonly CommandName[] = ['dapi', 'dapi_fwd', 'cancel_task'];

/** No room for what a client begins or leaves unread, and what it does not end: many of these are somebody who takes the memory of the node. */
const HOLDS_MEMORY: ReadonlySet<number> = new Set([3110, 3127]);

/** One client of the local socket, with its effects. */
export function localHandler(services: NodeServices, transfers: Transfers, requests: NodeRequests) {
  const { channels } = services;
  const log = services.log.tagged('Local Server', 'Main');
  const drops = new RejectionLog(services.clock, (line) => log.warning(line));
  const room = new SharedRoom({ maxBytes: MAX_LOCAL_PENDING_BYTES, ownBytes: LOCAL_OWN_PENDING_BYTES });
  const unreadRoom = new UnreadRoom({ maxBytes: MAX_LOCAL_UNREAD_BYTES });
  const nameOf = (connectionId: number) => `client ${connectionId}`;
  const answer = localAnswers(services, requests);
  /** Who names its message waits for no reply but that it goes to the master: 4.x calls it `sendasync`. */
  const isAnsweredLater = (connectionId: number, { id = null }: { id?: string | null }) =>
    id !== null &&
    channels.find(connectionId)?.traits.hearsAnswersLater === true &&
    channels.master() !== undefined;
  /** What comes of a message that was acknowledged. Whoever has gone hears nothing. */
  const tellLater = (connectionId: number, counter: number, outcome: string | MusterError) => {
    const id = `client${counter}`;
    const channel = channels.find(connectionId);
    const telling =
      typeof outcome === 'string'
        ? channel?.request('sendsyn_res', { id, handle: null, text: outcome })
        : channel?.request('sendsyn_err', { id, error: outcome.toWire() });
    telling?.catch((error) =>
      log.debug(`${nameOf(connectionId)} was not told what became of a message`, { error }),
    );
  };
  const logCrashed = (failure: Failure) =>
    log.error(`A request of a client ended without an answer: ${told(failure)}`);
  const toEvent = (connectionId: number, counter: number, command: CommandName, args: never) => {
    if (command === 'dapi_fwd' && services.config.role === 'worker') return null;
    if (HANDED.includes(command)) return requests.hear(counter, command, args);
    if (command === 'echo' || command === 'echo-c')
      return { type: 'rx.echo', counter, ...(args as { data: string }) };
    return {
      type: 'rx.request',
      counter,
      command,
      args,
      isAcknowledged: isAnsweredLater(connectionId, args),
    };
  };
  return localHandlerMachine.provide({
    actors: {
      link: link(services, {
        awaitsHello: false,
        showsDialect: true,
        room,
        unreadRoom,
        toEvent,
        onRefused: refusedRequests(services, { log, nameOf }),
        onClosed: (connectionId) => requests.connectionClosed(connectionId, 'a local client'),
      }),
      localRequest: localRequestMachine.provide({
        actors: {
          answer: fromPromise(({ input, signal }) => answer(input, signal)),
          fileSend: transfers.fileSend,
        },
        actions: {
          reply: (_, params) => {
            const channel = channels.find(params.connectionId);
            if (params.isAcknowledged) {
              const { answer } = params.answer as ReplyOf<'sendsync'>;
              tellLater(params.connectionId, params.counter, answer ?? '');
              return;
            }
            try {
              channel?.reply(params.counter, params.answer as ReplyOf<CommandName>);
              if (params.command === 'send_file' && channel?.traits.takesShortAnswers === false)
                void tellSent(channel, (params.answer as ReplyOf<'send_file'>).bytes);
            } catch (error) {
              channel?.fail(params.counter, MusterError.from(error));
            }
          },
          refuse: (_, { connectionId, counter, isAcknowledged, failure }) => {
            if (isAcknowledged) tellLater(connectionId, counter, asError(failure));
            else channels.find(connectionId)?.fail(counter, asError(failure));
          },
        },
      }),
    },
    actions: {
      echo: (_, { connectionId, counter, data }) =>
        channels.find(connectionId)?.reply<'echo'>(counter, { data }),
      handToRequests: ({ event }, { connectionId }) => requests.take(connectionId, event),
      dropIncomplete: (_, { connectionId }) => {
        const channel = channels.find(connectionId);
        if (channel?.isIncomplete)
          channel.destroy(new MusterError(3127, 'it was begun, and nothing else was asked'));
      },
      closeLink: (_, { connectionId }) => channels.find(connectionId)?.close(),
      refuseBusy: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.fail(counter, new MusterError(3110)),
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'sendsync'>(counter, { answer: null }),
      refuseCrashed: (_, { connectionId, counter, failure }) => {
        logCrashed(failure);
        channels.find(connectionId)?.fail(counter, asError(failure));
      },
      tellCrashed: (_, { connectionId, counter, failure }) => {
        logCrashed(failure);
        tellLater(connectionId, counter, asError(failure));
      },
      logDisconnected: ({ context: { connectionId, failure } }) => {
        if (failure === null) return;
        const what = `Dropped ${nameOf(connectionId)} of the local socket`;
        if (isViolation(failure) || HOLDS_MEMORY.has(failure.code)) drops.note(what, failure);
        else log.debug(`${what}: ${told(failure)}`);
      },
    },
  });
}
