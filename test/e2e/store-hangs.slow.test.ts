import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { storePath } from '../../src/agents/paths.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { ENDLESS } from '../agents/endless.ts';
import { addAgents } from '../agents/fixture.ts';
import { Armed } from '../chaos/armed.ts';
import { Cluster, waitFor } from './cluster.ts';

/** Beside the seconds that a store has for its end. */
const END_TIMEOUT_MS = 20_000;

describe('a node whose agent store hangs ends on SIGTERM', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.create(0);
  });
  after(() => cluster.close());

  async function endsOnSigterm(): Promise<void> {
    const { master } = cluster;
    master.signal('SIGTERM');
    await waitFor(
      'its end',
      () => !master.runs,
      END_TIMEOUT_MS,
      () => master.output,
    );
    assert.match(master.output, /agent store could not be closed: Error 3200/);
    assert.match(master.output, /Stopped\./);
  }
  const untilSaid = (words: RegExp) =>
    waitFor(
      `${words}`,
      () => words.test(cluster.master.output),
      END_TIMEOUT_MS,
      () => cluster.master.output,
    );

  it('in its own code: with exit code 0', async () => {
    const { master } = cluster;
    // The first that it writes are the groups of etc/shared.
    new Armed(cluster.directory).start(master, { point: 'store.committing', passage: 1, action: 'hang' });
    await untilSaid(/Serving on 127/);
    await endsOnSigterm();
    assert.equal(master.exitCode, 0);
  });

  it('within SQLite, where nothing ends a thread: by a signal, once everything else is in order', async () => {
    const { master } = cluster;
    master.output = '';
    master.start();
    await untilSaid(/Serving on 127/);
    const store = new WdbStore({ socket: storePath(master.home, 'socket'), timeoutMs: 1_000 });
    await addAgents(store, 300);
    await assert.rejects(store.query(ENDLESS), { code: 3200 });
    await store.close();
    await endsOnSigterm();
    assert.match(master.output, /A thread of the agent store does not end/);
    assert.equal(master.endSignal, 'SIGTERM');
  });
});
