import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { DEFAULT_MISMATCH_LIMIT } from '../../machines/agent-groups/mismatch-counter.ts';
import { catalog } from '../../machines/catalog.ts';
import { effectDescriptions } from '../../machines/effect-descriptions.ts';
import { effects } from '../../machines/effects.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { DapiCluster } from '../spec/dapi-cluster.ts';
import { GroupsCluster, INTERVAL_S, SETTLE_S } from '../spec/groups-cluster.ts';

let dapi: DapiCluster | null = null;
afterEach(() => dapi?.close());

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

/** Actors without a chart that no entry of the catalogue stands for: `machine / actor`. */
function unknownEffects(seen: readonly InspectionRecord[]): string[] {
  const known = new Set(
    effects.flatMap(({ machine, actors }) => {
      const id = catalog.find((entry) => entry.id === machine)?.machine.id;
      return actors.map((actor) => `${id} / ${actor}`);
    }),
  );
  const machines = new Map<string, string | null>();
  const unknown = new Set<string>();
  for (const record of seen) {
    if (record.kind !== 'actor') continue;
    machines.set(record.actor, record.machine);
    // A dynamic supervisor has no chart and stands somewhere all the same.
    if (record.machine !== null || record.state !== null) continue;
    const name = `${machines.get(record.parent ?? '')} / ${record.id}`;
    if (!known.has(name)) unknown.add(name);
  }
  return [...unknown];
}

describe('the catalogue of machines', () => {
  it('tells of every effect what it does, and of none that there is not', () => {
    const described = Object.entries(effectDescriptions).flatMap(([machine, some]) =>
      Object.keys(some).map((name) => `${machine}/${name}`),
    );
    assert.deepEqual(
      effects.filter(({ does, states }) => does === '' || states.length === 0).map(({ id }) => id),
      [],
    );
    assert.deepEqual(new Set(described), new Set(effects.map(({ id }) => id)));
  });

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
    assert.deepEqual(unknownEffects(seen), [], 'every effect that ran is in the catalogue');
    const others = seen.map((record) =>
      record.kind === 'actor' ? { ...record, id: `${record.id}?` } : record,
    );
    assert.ok(unknownEffects(others).length > 40, 'and they were looked at');
    const frames = seen.filter(({ kind }) => kind === 'frame');
    assert.ok(frames.length > 0, 'frames are told beside the events');
  });
});
