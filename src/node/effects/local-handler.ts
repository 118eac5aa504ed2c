import { fromPromise } from 'xstate';
import { localHandlerMachine } from '../../../machines/connection/local-handler.ts';
import { localRequestMachine } from '../../../machines/connection/local-request.ts';
import type { CommandName, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { asError, told } from './failures.ts';
import { link } from './link.ts';
import { localAnswers } from './local-answers.ts';

/** One client of the local socket, with its effects. */
export function localHandler(services: NodeServices) {
  const { channels } = services;
  const log = services.log.tagged('Local Server', 'Main');
  const answer = localAnswers(services);
  return localHandlerMachine.provide({
    actors: {
      link: link(services, {
        awaitsHello: false,
        toEvent: (_connectionId, counter, command: CommandName, args: never) => ({
          type: 'rx.request',
          counter,
          command,
          args,
        }),
      }),
      localRequest: localRequestMachine.provide({
        actors: { answer: fromPromise(({ input }) => answer(input)) },
        actions: {
          reply: (_, params) => {
            const channel = channels.find(params.connectionId);
            try {
              channel?.reply(params.counter, params.answer as ReplyOf<CommandName>);
            } catch (error) {
              channel?.fail(params.counter, MusterError.from(error));
            }
          },
          refuse: (_, { connectionId, counter, failure }) =>
            channels.find(connectionId)?.fail(counter, asError(failure)),
        },
      }),
    },
    actions: {
      closeLink: (_, { connectionId }) => channels.find(connectionId)?.close(),
      refuseBusy: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.fail(counter, new MusterError(3110)),
      logDisconnected: ({ context: { failure } }) => {
        if (failure !== null) log.debug(`A client was dropped: ${told(failure)}`);
      },
    },
  });
}
