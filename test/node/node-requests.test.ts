import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeRequests } from '../../src/node/dapi/node-requests.ts';
import type { NodeServices } from '../../src/node/services.ts';
import type { Transfers } from '../../src/node/transfers/index.ts';
import type { HandlerServices } from '../../src/requests/handlers.ts';

const ID = 7;

/** Requests of a master with one local client, who is told replies; `reply` may fail. */
function requestsWith(reply: (counter: number, answer: object) => void) {
  const started: object[] = [];
  const failed: number[] = [];
  const services = {
    config: { role: 'master', intervals: { communication: {} } },
    log: { tagged: () => ({ debug() {}, error() {} }) },
    clock: { elapsedMs: () => 0 },
    channels: {
      find: () => ({ reply, fail: (counter: number) => failed.push(counter) }),
      master: () => undefined,
    },
    status: { workers: new Map() },
  } as unknown as NodeServices;
  const tree = { start: (_kind: string, _id: number, input: object) => started.push(input), tell() {} };
  const requests = new NodeRequests(services, {} as Transfers, tree, {} as HandlerServices);
  const dapi = { id: null, sender: null, request: { method: 'a', args: { long: 'x' }, timeoutMs: 1 } };
  return {
    requests,
    started,
    failed,
    hear: (counter: number) => requests.hear(counter, 'dapi', dapi as never),
  };
}

test('the event of a message has its counter and nothing of what is in it: that may be long', () => {
  const { requests, hear } = requestsWith(() => {});
  assert.deepEqual(hear(3), { type: 'rx.dapi', counter: 3 });
  assert.throws(() => requests.take(ID, { type: 'rx.dapi', counter: 3 }), /nobody has heard/);
});

test('a request begins when its name is told, and not at all if that cannot be told', () => {
  const told: number[] = [];
  const { requests, started, failed, hear } = requestsWith((counter) => {
    if (counter === 3) throw new Error('no frame holds that');
    told.push(counter);
  });
  requests.take(ID, hear(3));
  assert.deepEqual([requests.size, started.length, failed], [0, 0, [3]]);
  requests.take(ID, hear(4));
  assert.deepEqual([requests.size, started.length, told], [1, 1, [4]]);
});
