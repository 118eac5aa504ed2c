import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { catalog } from '../../machines/catalog.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';

let cluster: ClusterInProcess;
afterEach(() => cluster.close());

/** Supervisors: their chart is one, their names are the nodes'. */
const SUPERVISORS = ['master', 'worker', 'requests'];

describe('the catalogue of machines', () => {
  it('has every machine that runs in nodes that sync files, agents and groups, and are asked', async () => {
    cluster = ClusterInProcess.prepare({
      files: { 'etc/rules/a': 'a', 'etc/shared/default/agent.conf': 'x' },
    });
    const seen: InspectionRecord[] = [];
    const watch = (node: InProcessNode) => {
      node.beforeStart = ({ tap }) => tap.watch((record) => seen.push(record));
    };
    watch(cluster.master);
    watch(cluster.worker());
    await cluster.startMaster();
    await cluster.worker().start();
    await cluster.settled(cluster.worker());
    await cluster.pass(30_000);
    const ids = new Set(seen.flatMap((record) => (record.kind === 'actor' ? (record.machine ?? []) : [])));
    const known = new Set([...catalog.map(({ machine }) => machine.id), ...SUPERVISORS]);
    assert.deepEqual(
      [...ids].filter((id) => !known.has(id)),
      [],
    );
    for (const id of ['serverHandler', 'clientHandler', 'integrityCheck', 'integrityServe', 'integrityApply'])
      assert.ok(ids.has(id), `${id} was not seen`);
    const frames = seen.filter(({ kind }) => kind === 'frame');
    assert.ok(frames.length > 0, 'frames are told beside the events');
  });
});
