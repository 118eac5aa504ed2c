import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { Verifier } from '../../src/inspect/verify.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';
import { room } from './room.ts';

let cluster: ClusterInProcess;
afterEach(() => cluster?.close());

const verdictOf = (records: readonly InspectionRecord[]) => {
  const verifier = new Verifier();
  for (const record of records) verifier.take(record);
  return verifier.verdict;
};

describe('the verification of a recording', () => {
  it('finds every step of nodes that work allowed by their machines', async () => {
    cluster = ClusterInProcess.prepare({
      files: { 'etc/rules/a': 'a', 'etc/shared/default/agent.conf': 'x' },
    });
    const seen: InspectionRecord[] = [];
    const watch = (node: InProcessNode) => {
      node.beforeStart = ({ tap }) => tap.watch((record) => seen.push(record));
    };
    watch(cluster.worker());
    await cluster.startMaster();
    await cluster.worker().start();
    await cluster.settled(cluster.worker());
    await cluster.pass(30_000);
    cluster.master.write('etc/rules/b', 'b');
    cluster.master.noticeFiles();
    await cluster.pass(5_000);
    await cluster.settled(cluster.worker());
    const { steps, passedOver, departures } = verdictOf(seen);
    assert.deepEqual(departures, []);
    assert.ok(steps > 100 && passedOver < steps / 10, `${steps} steps, ${passedOver} passed over`);
  });

  it('names a step that its machine does not allow, and goes on from where the recording says that it went', () => {
    const { root, tap, ask, begin, release } = room();
    const seen: InspectionRecord[] = [];
    tap.watch((record) => seen.push(record));
    for (const deed of [ask, begin, release]) deed();
    root.stop();
    assert.deepEqual(verdictOf(seen).departures, []);
    const wrong = seen.map((record) =>
      record.kind === 'step' && record.state?.value === 'running'
        ? { ...record, state: { ...record.state, value: 'granted' } }
        : record,
    );
    const { departures } = verdictOf(wrong);
    assert.deepEqual(
      departures.map(({ chart, from, recorded, allowed }) => [chart, from, recorded, allowed]),
      [
        ['integrity-permission', 'granted', '"granted" active', '"running" active'],
        ['integrity-permission', 'granted', '"free" active', '"granted" active'],
      ],
    );
  });

  it('passes over what was cut, what follows a gap, and supervisors', () => {
    const { root, tap, ask, begin } = room();
    const seen: InspectionRecord[] = [];
    tap.watch((record) => seen.push(record));
    ask('d'.repeat(10_000));
    seen.push(tap.gap(10));
    begin();
    root.stop();
    assert.deepEqual(verdictOf(seen), { steps: 0, passedOver: 3, departures: [] });
  });
});
