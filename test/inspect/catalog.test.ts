import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { DEFAULT_MISMATCH_LIMIT } from '../../machines/agent-groups/mismatch-counter.ts';
import { catalog } from '../../machines/catalog.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { DapiCluster } from '../spec/dapi-cluster.ts';
import { GroupsCluster, INTERVAL_S, SETTLE_S } from '../spec/groups-cluster.ts';

let dapi: DapiCluster;
afterEach(() => dapi.close());

/** Supervisors: their chart is one, their names are the nodes'. */
const SUPERVISORS = ['master', 'worker', 'requests'];

/** An agent has other groups at a worker than at the master: after some rounds all of them are asked for. */
async function whatGroupsThatWentAstraySpawn(seen: InspectionRecord[]): Promise<void> {
  const groups = await GroupsCluster.open();
  for (const node of [groups.master, groups.worker()]) node.services.tap.watch((record) => seen.push(record));
  await groups.assign(1, 'db', groups.worker());
  await groups.pass(SETTLE_S + (DEFAULT_MISMATCH_LIMIT + 1) * INTERVAL_S);
  await groups.close();
}

describe('the catalogue of machines', () => {
  it('has every machine that runs in nodes that sync files, agents and groups, and are asked; and no other', async () => {
    dapi = await DapiCluster.start({ workers: 2, agents: 4 });
    const { cluster } = dapi;
    const seen: InspectionRecord[] = [];
    for (const node of [cluster.master, ...cluster.workers])
      node.services.tap.watch((record) => seen.push(record));
    cluster.master.write('etc/rules/a', 'a');
    cluster.master.noticeFiles();
    for (const worker of cluster.workers) await cluster.settled(worker);
    await dapi.report('worker2', '001');
    const client = await dapi.client(cluster.worker(1));
    await client.ask('test.agents', { agents: ['001', '002'] });
    const message = { function: 'add', arguments: { name: 'new', ip: 'any' } };
    await client.command('sendsync', { id: null, daemon: 'authd', message, timeoutMs: 5_000 });
    await cluster.pass(60_000);
    await whatGroupsThatWentAstraySpawn(seen);
    const ids = new Set(seen.flatMap((record) => (record.kind === 'actor' ? (record.machine ?? []) : [])));
    const known = new Set([...catalog.map(({ machine }) => machine.id), ...SUPERVISORS]);
    assert.deepEqual(
      [...ids].filter((id) => !known.has(id)),
      [],
    );
    const unseen = catalog.filter(
      ({ id, side, machine }) => side !== 'peer' && id !== 'supervisor' && !ids.has(machine.id),
    );
    assert.deepEqual(
      unseen.map(({ id }) => id),
      [],
      'each of them was seen, but for the example of a supervisor',
    );
    assert.ok(SUPERVISORS.every((id) => ids.has(id)));
    const frames = seen.filter(({ kind }) => kind === 'frame');
    assert.ok(frames.length > 0, 'frames are told beside the events');
  });
});
