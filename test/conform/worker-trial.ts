import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PathReport } from '../../src/conform/report.ts';
import { conformWorker } from '../../src/conform/worker/conform-worker.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { KEY } from '../bench/bench-node.ts';
import { freePort } from '../bench/cluster.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type Kind, Member, type Systems } from '../interop/cluster.ts';
import * as patient from './patient.ts';
import type { Trial } from './report.ts';

/** What a worker does now and then it does all the time. */
const INTERVALS = {
  worker: {
    sync_integrity: 0.5,
    sync_agent_info: 0.5,
    keep_alive: 0.5,
    connection_retry: 0.2,
    agent_groups_mismatch_limit: 3,
  },
};
const START_TIMEOUT_MS = 30_000;
/** A worker alone on a quiet machine; a path may wait for several of its rounds. */
const TIMES = { timeoutMs: 12_000, idleTimeoutMs: 12_000, patienceMs: 30_000 };
const AGENT = 1;
const CHANGE_MS = 200;

/** One worker, whose master is played, as long as it is tested. */
export async function workerTrial(
  systems: Systems,
  kind: Kind,
  dialect: DialectName,
  release: string,
  { onPath, isPatient }: { onPath: (path: PathReport) => void; isPatient: boolean },
): Promise<Trial> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-conform-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.on('exit', remove);
  const port = await freePort();
  const worker = new Member(systems[kind], kind, join(directory, 'worker1'), 'worker1');
  let timer: NodeJS.Timeout | undefined;
  try {
    await worker.layOut('worker', port, isPatient ? patient.INTERVALS : INTERVALS);
    if (kind === 'muster') worker.write('etc/muster.json', JSON.stringify({ cluster: { dialect } }));
    worker.write('etc/client.keys', `00${AGENT} agent${AGENT} any ${'a'.repeat(64)}\n`);
    worker.start();
    await haveSomethingToTell(worker);
    // An original counts what it has told as told, whatever its master says.
    timer = setInterval(() => void changeAgent(worker).catch(() => {}), CHANGE_MS);
    const target = { host: '127.0.0.1', port, key: KEY, cluster: 'bench', dialect, isPlain: false, release };
    const options = { ...TIMES, isActive: true, hasAgents: true, onPath };
    const { PEER_TIMEOUT_MS: peerTimeoutMs, PATIENT_PATHS: only } = patient;
    const report = await conformWorker(target, { ...options, ...(isPatient && { peerTimeoutMs, only }) });
    return { implementation: kind, report };
  } finally {
    clearInterval(timer);
    await worker.close();
    remove();
  }
}

/** An agent of it has changed: who has nothing to tell may not ask whether it may. */
async function haveSomethingToTell(worker: Member): Promise<void> {
  const isThere = async () => (await worker.store.allAgents()).length > 0;
  await waitFor(`the agent of ${worker.name}`, () => isThere().catch(() => false), START_TIMEOUT_MS);
  await changeAgent(worker);
}

const changeAgent = ({ store, name }: Member): Promise<void> =>
  store.updateAgentData({
    id: AGENT,
    connectionStatus: 'active',
    groupConfigStatus: 'synced',
    syncStatus: 'syncreq',
    columns: { os_name: `Linux ${Date.now()}`, node_name: name, version: 'Wazuh v4.7.5' },
    labels: {},
  });
