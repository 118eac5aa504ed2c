import { masterAgentGroups } from '../../src/node/effects/agent-groups-master.ts';
import { RejectionLog } from '../../src/node/effects/rejection-log.ts';
import type { ServerHandlerParts } from '../../src/node/effects/server-handler.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { wiredTransfers } from '../harness/wire/services.ts';

/** What the handlers of a master share, where nobody decides about newcomers or collects agent-groups. */
export function handlerParts(services: NodeServices): ServerHandlerParts {
  return {
    admission: { claim() {}, release() {}, rejections: new RejectionLog(new ManualClock(), () => {}) },
    membership: { join() {}, leave() {}, sent() {} },
    requests: refusedRequests(services),
    groups: masterAgentGroups(services, wiredTransfers(services), () => {}),
  };
}
