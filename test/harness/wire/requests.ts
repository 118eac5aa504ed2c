import type { NodeRequests } from '../../../src/node/dapi/node-requests.ts';
import type { NodeServices } from '../../../src/node/services.ts';
import { MusterError } from '../../../src/protocol/errors.ts';

/** Requests of a node at which nobody works on them: whatever is handed over is refused, which is an answer. */
export function refusedRequests({ channels }: NodeServices): NodeRequests {
  return {
    hear: (counter: number, command: string) => ({ type: `rx.${command}`, counter }),
    take: (connectionId: number, { counter }: { counter: number }) =>
      channels.find(connectionId)?.fail(counter, new MusterError(3027)),
    connectionClosed: () => {},
  } as unknown as NodeRequests;
}
