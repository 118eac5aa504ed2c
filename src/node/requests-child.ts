import type { AnyActorRef, EventObject } from 'xstate';
import {
  MAX_ANSWERS_UNDER_WAY,
  MAX_FORWARDED_REQUESTS,
  MAX_LARGE_ANSWERS_UNDER_WAY,
  MAX_RUNNING_REQUESTS,
  MAX_SHARE_OF_SOURCE,
  MAX_WAITING_PER_SOURCE,
  MAX_WAITING_REQUESTS,
} from '../../machines/dapi/limits.ts';
import type { Failure } from '../../machines/failure.ts';
import { child } from '../../machines/supervision/children.ts';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { link } from '../../machines/supervision/link.ts';
import type { SupervisionEffects } from '../../machines/supervision/messages.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import { handlerServices } from './dapi/handler-services.ts';
import { MAX_LIVE_REQUESTS, MAX_REQUESTS_TO_MASTER } from './dapi/limits.ts';
import { NodeRequests, type RequestKind, type RequestTree } from './dapi/node-requests.ts';
import type { NodeServices } from './services.ts';
import { MAX_CHILD_END_MS, RESTARTS, supervisionEffects } from './supervision.ts';
import type { Transfers } from './transfers/index.ts';

/** Its place in the tree of a node. */
const REQUESTS = 'requests';

/** The requests of a node. `root` is its tree, to be asked once something runs. */
export function nodeRequests(
  services: NodeServices,
  transfers: Transfers,
  root: () => AnyActorRef,
): NodeRequests {
  const triggerIntegrity = () => {
    const isMaster = services.config.role === 'master';
    const event: EventObject = { type: isMaster ? 'trigger' : 'files.changed' };
    root().send({ type: 'supervisor.send', child: isMaster ? 'localIntegrity' : 'connector', event });
  };
  const tell = (kind: RequestKind, requestId: number, event: EventObject) => {
    const supervisor = childOf(childOf(root(), REQUESTS), kind);
    if (supervisor !== undefined) supervisor.send(event);
    else requests.abandon(kind, requestId, { code: 3125, message: 'requests are not taken' });
  };
  const tree: RequestTree = {
    start: (kind, requestId, input) =>
      tell(kind, requestId, { type: 'dynamic.start', child: requestId, input } as EventObject),
    tell: (kind, requestId, event) =>
      tell(kind, requestId, { type: 'dynamic.send', child: requestId, event } as EventObject),
  };
  const requests = new NodeRequests(services, transfers, tree, handlerServices(services, triggerIntegrity));
  return requests;
}

/** A child that runs. */
function childOf(parent: AnyActorRef | undefined, id: string): AnyActorRef | undefined {
  const actor: AnyActorRef | undefined = parent?.getSnapshot().children?.[id];
  return actor?.getSnapshot().status === 'active' ? actor : undefined;
}

/**
 * The part of the tree that answers requests: whose turn it is, and every request as an actor of its own. Where one falls
 * the others do, since the queue knows who has begun.
 */
export function requestsChild(services: NodeServices, requests: NodeRequests) {
  const many = (kind: RequestKind, logic: Parameters<typeof link>[0]) =>
    child({
      id: kind,
      logic: createDynamicSupervisor({
        id: kind,
        logic: link(logic),
        maxChildren: MAX_LIVE_REQUESTS,
        shutdownMs: MAX_CHILD_END_MS,
        effects: effectsOf(services, kind, requests),
      }),
      restart: 'permanent',
      shutdownMs: Number.POSITIVE_INFINITY,
    });
  return child({
    id: REQUESTS,
    logic: link(
      createSupervisor({
        id: REQUESTS,
        strategy: 'one_for_all',
        ...RESTARTS,
        effects: supervisionEffects(services, 'Cluster'),
        children: [
          child({
            id: 'queue',
            logic: link(requests.machines.queue),
            input: {
              maxRunning: MAX_RUNNING_REQUESTS,
              maxForwarded:
                services.config.role === 'worker' ? MAX_REQUESTS_TO_MASTER : MAX_FORWARDED_REQUESTS,
              maxShareOfSource: MAX_SHARE_OF_SOURCE,
              maxAnswers: MAX_ANSWERS_UNDER_WAY,
              maxLargeAnswers: MAX_LARGE_ANSWERS_UNDER_WAY,
              maxWaiting: MAX_WAITING_REQUESTS,
              maxWaitingPerSource: MAX_WAITING_PER_SOURCE,
            },
            restart: 'permanent',
            shutdownMs: 0,
          }),
          many('dapi', requests.machines.request),
          many('sendsync', requests.sendsync.machine),
        ],
      }),
    ),
    restart: 'permanent',
    shutdownMs: Number.POSITIVE_INFINITY,
  });
}

/** A request that was not started, or crashed, still gets its one outcome. Their usual ends log themselves. */
function effectsOf(services: NodeServices, kind: RequestKind, requests: NodeRequests): SupervisionEffects {
  const effects = supervisionEffects(services, 'Cluster');
  const abandon = (id: string | number, failure: Failure) => requests.abandon(kind, Number(id), failure);
  return {
    ...effects,
    report: (report) => {
      if (report.type === 'refused' || report.type === 'killed') abandon(report.child, report.failure);
      else if (report.type === 'ended' && report.failure !== null) abandon(report.child, report.failure);
      else if (report.type === 'gave-up') effects.report(report);
    },
  };
}
