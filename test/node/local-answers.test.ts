import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeRequests } from '../../src/node/dapi/node-requests.ts';
import { localAnswers } from '../../src/node/effects/local-answers.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { NodeStatus, type SyncRecord } from '../../src/node/status.ts';
import type { MusterError } from '../../src/protocol/errors.ts';

/** What a worker answers of which only its status is known. */
function workerWith(status: Partial<NodeStatus>) {
  const services = {
    config: { role: 'worker', intervals: { communication: {} } },
    channels: { master: () => undefined },
    index: { digest: '', fileCount: 0 },
    clock: Date,
    status: Object.assign(new NodeStatus(new Date()), status),
  } as unknown as NodeServices;
  const answer = localAnswers(services, {} as NodeRequests);
  return (command: string, args: object = {}) => answer({ command, args }, new AbortController().signal);
}

const at = '2026-01-01T00:00:00.000Z';
/** As a machine makes it: without the text of the code. */
const silent = { code: 3104, message: 'silent for 5 s' };
const IN_FULL = 'The handshake took too long: silent for 5 s';

test('status tells failures as the log does: the text of the code, and what the case adds', async () => {
  const record = { startedAt: at, outcome: 'failed', failure: silent } as SyncRecord;
  const ask = workerWith({ masterFailure: { ...silent, at }, lastCheck: record, lastSync: record });
  const { reply: told } = await ask('get_status');
  const reply = told as Record<'masterFailure', object> & Record<'lastCheck' | 'lastSync', SyncRecord>;
  assert.deepEqual(reply.masterFailure, { code: 3104, message: IN_FULL, at });
  for (const { failure } of [reply.lastCheck, reply.lastSync])
    assert.deepEqual(failure, { code: 3104, message: IN_FULL });
});

test('what needs the master says why there is none, with the code of the reason', async () => {
  const ask = workerWith({ masterFailure: { ...silent, at } });
  for (const [command, args] of [
    ['get_nodes', {}],
    ['get_diff', { node: null }],
  ] as const) {
    await assert.rejects(ask(command, args), (error: MusterError) => {
      assert.equal(error.toLog(), `Error 3023 - Not connected to the master: Error 3104 - ${IN_FULL}`);
      return true;
    });
  }
});

test('workers are asked for their lists no more once the client has gone that wanted to know what differs', async () => {
  const gone = new AbortController();
  const signals: (AbortSignal | undefined)[] = [];
  const request = (_command: string, _args: object, { signal }: { signal?: AbortSignal }) => {
    signals.push(signal);
    return Promise.resolve({ files: {} });
  };
  const status = new NodeStatus(new Date());
  status.workers.set(7, { name: 'worker1' } as never);
  const services = {
    config: { role: 'master', intervals: { communication: { timeoutClusterRequestMs: 1000 } } },
    channels: { get: () => ({ request }) },
    index: { scan: async () => {}, list: async () => new Map() },
    status,
  } as unknown as NodeServices;
  const answer = localAnswers(services, {} as NodeRequests);
  await answer({ command: 'get_diff', args: { node: null } }, gone.signal);
  gone.abort();
  assert.deepEqual(
    signals.map((signal) => signal?.aborted),
    [true],
  );
  await assert.rejects(answer({ command: 'get_diff', args: { node: null } }, gone.signal), { code: 3120 });
  assert.equal(signals.length, 1);
});
