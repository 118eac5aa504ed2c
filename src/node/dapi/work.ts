import { HERE } from '../../../machines/dapi/queue.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { HandlerServices } from '../../requests/handlers.ts';
import { carried, partOf } from '../../requests/wazuh4/translate.ts';
import type { Channel } from '../channel.ts';
import { masterChannel } from '../effects/master-channel.ts';
import type { NodeServices } from '../services.ts';
import { type Answer, encodeAnswer } from './answer.ts';
import type { AnswerMaker } from './answer-maker.ts';
import type { Forwards } from './forwards.ts';
import { type LiveRequest, nameAtNextNode, type Place } from './live-requests.ts';

export interface WorkParts {
  readonly services: NodeServices;
  readonly forwards: Forwards;
  readonly answers: AnswerMaker;
  readonly handlerServices: HandlerServices;
  /** A number for the name of what is passed on; never the same twice. */
  nextNumber(): number;
}

/** Does one part of a request: works the answer out, or brings it from the node that can. Rejects with 3301 for a longer answer than there may be. */
export function work(
  parts: WorkParts,
  live: LiveRequest,
  place: Place,
  signal: AbortSignal,
): Promise<Answer> {
  return place.place === HERE ? runHere(parts, live, place, signal) : passOn(parts, live, place, signal);
}

async function runHere(
  { handlerServices, services: { clock } }: WorkParts,
  live: LiveRequest,
  { args }: Place,
  signal: AbortSignal,
): Promise<Answer> {
  const { method, request, workDueMs, workTimeoutMs } = live;
  const deadlineMs =
    workTimeoutMs === null ? workDueMs : Math.min(workDueMs, clock.elapsedMs() + workTimeoutMs);
  if (method === null) throw new MusterError(3300, request.method);
  const result = await method.handler(args as never, {
    services: handlerServices,
    signal,
    deadlineMs,
    user: request.user,
  });
  return encodeAnswer(result as object, request.method);
}

/** Each hop leaves the next one what is left of the time, and adds its own name to the way back. */
async function passOn(
  { services, forwards, answers, nextNumber }: WorkParts,
  live: LiveRequest,
  { place, args, text }: Place,
  signal: AbortSignal,
): Promise<Answer> {
  const channel = channelTo(services, place);
  const { config, clock } = services;
  const id = nameAtNextNode(live, config.role, nextNumber());
  const timeoutMs = Math.max(0, Math.floor(live.workDueMs - clock.elapsedMs()));
  const sender = live.sender === null ? config.nodeName : `${live.sender}*${config.nodeName}`;
  const asked = partOf(live.request, { args: args as typeof live.request.args, timeoutMs });
  const request = text === undefined ? asked : carried(asked, text);
  const answer = await forwards.ask(channel, id, signal, () =>
    channel.request('dapi', { id, sender, request }, { timeoutMs: timeoutMs + 1 }),
  );
  if (channel.traits.resultForm === 'plain' || text !== undefined) return answer;
  const answering = { node: place, version: config.compatibleVersion };
  return answers.understand(answer, { method: request.method, answering }, signal);
}

function channelTo(services: NodeServices, node: string): Channel {
  if (services.config.role === 'worker') return masterChannel(services);
  const worker = services.status.worker(node);
  const channel = worker && services.channels.find(worker.connectionId);
  if (channel === undefined) throw new MusterError(3022, `${node} is not connected`);
  return channel;
}
