import { fromPromise } from 'xstate';
import { type DapiWorkInput, dapiPartMachine } from '../../../machines/dapi/part.ts';
import { type DecidedPlaces, dapiRequestMachine, type ReadyAnswer } from '../../../machines/dapi/request.ts';
import type { Failure } from '../../../machines/failure.ts';
import type { KeyedTurns } from '../../keyed-turns.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_SHORT_ANSWER_BYTES } from '../../protocol/limits.ts';
import { partsDueMs } from '../../requests/in-parts.ts';
import { toldAs } from '../../requests/wazuh4/translate.ts';
import { asError, asFailure, told } from '../effects/failures.ts';
import { isViolation } from '../effects/refused-requests.ts';
import { RejectionLog } from '../effects/rejection-log.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import type { AgentNodes } from './agent-nodes.ts';
import { type Answer, bytesOf, isWithin, textOf } from './answer.ts';
import { decide } from './decide.ts';
import {
  type ApiRequest,
  isCarried,
  type LiveRequest,
  type LiveRequests,
  type Plan,
} from './live-requests.ts';
import { tellFailure } from './tell-failure.ts';
import { createTurns } from './turns.ts';
import { type WorkParts, work } from './work.ts';

export interface DapiMachineParts extends WorkParts {
  readonly services: NodeServices;
  readonly transfers: Transfers;
  readonly live: LiveRequests;
  readonly agentNodes: AgentNodes;
  /** Messages that are sent and not confirmed, by connection: on a line that stands keepalives and files still find room. */
  readonly unconfirmed: KeyedTurns<number>;
  /** The queue has ended, and what it let in with it. */
  queueEnded(): void;
}

const UNKNOWN_METHOD = 3300;

/** What of a request stands in the log. */
const describe = ({ request: { method }, origin: { id, node } }: LiveRequest) =>
  `${method} from ${node ?? 'a local client'} (${id})`;

/** What another node was refused, and an operator should know of: it asks for what this node does not have, or not so. */
const isStrange = ({ origin }: LiveRequest, failure: Failure) =>
  origin.node !== null && (failure.code === UNKNOWN_METHOD || isViolation(failure));

/** The machines of the distributed API, with their effects. */
export function dapiMachines(parts: DapiMachineParts) {
  const { services, transfers, live, agentNodes, answers, unconfirmed } = parts;
  const { channels, clock, config } = services;
  const log = services.log.tagged(config.role === 'master' ? 'Master' : `Worker ${config.nodeName}`, 'D API');
  const rejections = new RejectionLog(clock, (line) => log.warning(line), 'requests');
  const confirmTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const { queueMachine, inTurn, line } = createTurns(parts.queueEnded);

  const workOnPart = async (
    { requestId, index }: DapiWorkInput,
    signal: AbortSignal,
  ): Promise<LiveRequest> => {
    const request = live.get(requestId);
    const place = request.plan.places[index];
    if (place === undefined) throw new MusterError(3032, `part ${index}`);
    live.keepAnswer(request, index, await work(parts, request, place, signal));
    return request;
  };

  const part = dapiPartMachine.provide({
    actors: {
      work: inTurn(async (input, signal) => {
        await workOnPart(input, signal);
        return { type: 'work.done', isAnswered: false };
      }),
    },
  });

  const request = dapiRequestMachine.provide({
    actors: {
      part,
      workAlone: inTurn(async (input, signal) => {
        const request = await workOnPart(input, signal);
        return { type: 'work.done', isAnswered: sendAtOnce(request, signal) };
      }),
      // Nothing is left there of what was sent.
      line: line(({ outboxId }) => transfers.outbox.withdraw(outboxId)),
      stringSend: transfers.stringSend,
      notify: fromPromise<void, { requestId: number; handle: number }>(({ input: { requestId, handle } }) => {
        const request = live.get(requestId);
        live.freeName(request);
        return send(request, { handle, text: null });
      }),
      decide: fromPromise<DecidedPlaces, { requestId: number }>(async ({ input }) => {
        const request = live.get(input.requestId);
        if (request.planned !== null) keepPlan(request, await request.planned);
        const partTimeoutMs = Math.max(0, request.workDueMs - clock.elapsedMs());
        return { places: request.plan.places.map(({ place }) => place), partTimeoutMs };
      }),
      answer: fromPromise<ReadyAnswer, { requestId: number }>(async ({ input, signal }) => {
        const request = live.get(input.requestId);
        const { resultForm, takesShortAnswers } = channels.get(request.origin.connectionId).traits;
        const merged = await answers.merge(request, signal);
        const isMade = resultForm === 'plain' || isCarried(request);
        const answer = isMade ? merged : await asClasses(request.request, merged, signal);
        if (takesShortAnswers && isWithin(answer, MAX_SHORT_ANSWER_BYTES)) {
          if (!signal.aborted) void send(request, { handle: null, text: textOf(answer) });
          return { string: null };
        }
        const string = await transfers.outbox.post(bytesOf(answer));
        // Nobody is going to send it.
        if (signal.aborted) transfers.outbox.withdraw(string.outboxId);
        return { string };
      }),
    },
    actions: {
      notePart: (_, { requestId, index, failure }) => {
        const request = live.find(requestId);
        if (request !== undefined) request.failures[index] = failure;
      },
      refuse: (_, { requestId, failure }) => refuse(requestId, failure),
      finish: (_, { requestId, outcome, failure }) => {
        const request = live.find(requestId);
        if (request === undefined) return;
        live.remove(requestId);
        const took = ((clock.elapsedMs() - request.startedMs) / 1000).toFixed(3);
        const line = `${describe(request)}: ${outcome} in ${took}s`;
        if (failure !== null && isStrange(request, failure) && rejections.note(line, failure)) return;
        log.debug(failure === null ? line : `${line}: ${told(failure)}`);
      },
    },
  });

  const asClasses = (request: ApiRequest, answer: Answer, signal: AbortSignal): Promise<Answer> =>
    answers.tell(answer, { method: request.method, as: toldAs(request, config.compatibleVersion) }, signal);

  /** Begins to decide where a request is worked on. The only place, where that is clear at once; null otherwise. */
  function begin(request: LiveRequest): string | null {
    try {
      const plan = decide(services, agentNodes, request);
      if (!(plan instanceof Promise)) {
        keepPlan(request, plan);
        return plan.places.length === 1 ? (plan.places[0]?.place ?? null) : null;
      }
      request.planned = plan;
    } catch (error) {
      request.planned = Promise.reject(error);
    }
    // Its machine hears of a failure, unless it has ended by then.
    request.planned.catch(() => {});
    return null;
  }

  function keepPlan(request: LiveRequest, plan: Plan): void {
    request.plan = plan;
    if (plan.places.length > 1) request.workDueMs = partsDueMs(request.deadlineMs, clock.elapsedMs());
    for (const [index] of plan.places.entries()) {
      request.answers[index] = null;
      request.failures[index] = null;
    }
  }

  /** Sends the answer of the only place, where nothing has to be made of it; false where something has. */
  function sendAtOnce(request: LiveRequest, signal: AbortSignal): boolean {
    const traits = channels.find(request.origin.connectionId)?.traits;
    const [answer = null] = request.answers;
    const isWhole = request.plan.failed.length === 0 && request.plan.tellsNodes !== true;
    const isReady = traits?.resultForm === 'plain' && traits.takesShortAnswers && isWhole;
    if (!isReady || signal.aborted || answer === null || !isWithin(answer, MAX_SHORT_ANSWER_BYTES))
      return false;
    void send(request, { handle: null, text: textOf(answer) });
    return true;
  }

  /** Sends an answer. Whether it was taken is for the log: an origin that is gone, or gave up, waits for nothing. */
  async function send(
    request: LiveRequest,
    answer: { handle: number | null; text: string | null },
  ): Promise<void> {
    const { connectionId, id } = request.origin;
    const options = { timeoutMs: confirmTimeoutMs };
    await unconfirmed
      .run(connectionId, () => channels.get(connectionId).request('dapi_res', { id, ...answer }, options))
      .catch((error) => log.debug(`${describe(request)}: the answer was not taken`, { error }));
  }

  /** Tells the origin that there will be no answer. An origin that is gone hears nothing. */
  function refuse(requestId: number, failure: Failure): void {
    const request = live.find(requestId);
    const channel = request && channels.find(request.origin.connectionId);
    if (request === undefined || channel === undefined) return;
    const failed = {
      id: request.origin.id,
      request: request.request,
      node: request.forwardTo ?? config.nodeName,
    };
    const options = { timeoutMs: confirmTimeoutMs };
    const tell = () => tellFailure(channel, failed, asError(failure), options);
    unconfirmed.run(channel.id, tell).catch((trouble) => {
      const line = `${describe(request)}: the failure could not be told`;
      const isGone = channels.find(channel.id) === undefined;
      if (isGone || !rejections.note(line, asFailure(trouble))) log.debug(line, { error: trouble });
    });
  }

  /** A request whose machine ended without an outcome: it crashed, or was stopped with its supervisor. */
  function abandon(requestId: number, failure: Failure): void {
    const request = live.find(requestId);
    if (request === undefined) return;
    log.error(`${describe(request)}: ${told(failure)}`);
    refuse(requestId, failure);
    live.remove(requestId);
  }

  return { request, queue: queueMachine, begin, abandon };
}
