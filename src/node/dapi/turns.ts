import { type AnyActorRef, fromCallback } from 'xstate';
import { LARGE_ANSWER_BYTES } from '../../../machines/dapi/limits.ts';
import type { DapiWorkEvent, DapiWorkInput } from '../../../machines/dapi/part.ts';
import { answersTo, type DapiQueueEvent, dapiQueueMachine } from '../../../machines/dapi/queue.ts';
import type { DapiLineInput } from '../../../machines/dapi/request.ts';
import { type Failure, failureOf } from '../../../machines/failure.ts';
import { MusterError } from '../../protocol/errors.ts';
import { asFailure } from '../effects/failures.ts';

/** What waits for its turn. */
interface Waiting {
  granted(): void;
  refused(failure: Failure): void;
}

/** The queue of a node, with work and answers that begin when it is their turn. `ended`: the queue has, and what it let in with it. */
export function createTurns(ended: () => void) {
  /** By name in the queue. */
  const waiting = new Map<string, Waiting>();
  let queue: AnyActorRef | null = null;
  const tellQueue = (event: DapiQueueEvent) => queue?.send(event);

  const take = (part: string): Waiting | undefined => {
    const turn = waiting.get(part);
    waiting.delete(part);
    return turn;
  };

  const queueMachine = dapiQueueMachine.provide({
    actors: {
      presence: fromCallback<{ type: 'none' }, undefined>(({ self }) => {
        const own = self._parent ?? null;
        queue = own;
        return () => {
          if (queue === own) queue = null;
          ended();
        };
      }),
    },
    actions: {
      grant: (_, { part }) => take(part)?.granted(),
      refuse: (_, { part, failure }) => take(part)?.refused(failure),
    },
  });

  /**
   * The turn ends with the work. Whoever does not wait any more ends the machine and aborts the signal; what goes on all the
   * same still counts, or nothing would bound what a node works on.
   */
  const inTurn = (run: (input: DapiWorkInput, signal: AbortSignal) => Promise<DapiWorkEvent>) =>
    fromCallback<{ type: 'none' }, DapiWorkInput>(({ input, sendBack }) => {
      const { requestId, index, place, source } = input;
      const part = `${requestId}/${index}`;
      const abandoned = new AbortController();
      let isOver = false;
      const leave = () => tellQueue({ type: 'turn.leave', place, part });
      const work = async () => {
        sendBack({ type: 'turn.granted' });
        const outcome = await run(input, abandoned.signal).catch(
          (error): DapiWorkEvent => ({ type: 'work.failed', failure: failureOf(error) }),
        );
        isOver = true;
        sendBack(outcome);
        leave();
      };
      const refused = (failure: Failure) => sendBack({ type: 'work.failed', failure });
      if (queue === null) refused(asFailure(new MusterError(3125)));
      else {
        waiting.set(part, { granted: () => void work(), refused });
        tellQueue({ type: 'turn.ask', place, source, part });
      }
      return () => {
        if (take(part) !== undefined) leave();
        else if (!isOver) abandoned.abort();
      };
    });

  /** Room on a connection for a long answer; `over` is called with its end. */
  const line = (over: (input: DapiLineInput) => void) =>
    fromCallback<{ type: 'none' }, DapiLineInput>(({ input, sendBack }) => {
      const { requestId, connectionId, source, sizeBytes } = input;
      const place = answersTo(connectionId, sizeBytes > LARGE_ANSWER_BYTES);
      const part = `${requestId}/answer`;
      const refused = (failure: Failure) => sendBack({ type: 'line.refused', failure });
      if (queue === null) refused(asFailure(new MusterError(3125)));
      else {
        waiting.set(part, { granted: () => sendBack({ type: 'line.granted' }), refused });
        tellQueue({ type: 'turn.ask', place, source, part });
      }
      return () => {
        take(part);
        tellQueue({ type: 'turn.leave', place, part });
        over(input);
      };
    });

  return { queueMachine, inTurn, line };
}
