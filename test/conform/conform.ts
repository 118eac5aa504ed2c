import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type ConformReport, conform, type PathReport, titleOf } from '../../src/conform/conform.ts';
import { showsConformance } from '../../src/conform/report.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { KEY } from '../bench/bench-node.ts';
import { build } from '../bench/installation.ts';
import { musterSystem } from '../bench/systems/muster.ts';
import { wazuhSystem } from '../bench/systems/wazuh.ts';
import { waitFor } from '../harness/wait-for.ts';
import { WazuhFramework } from '../harness/wazuh-framework.ts';
import { InteropCluster, type Kind, type Member, type Systems } from '../interop/cluster.ts';
import { INTERVALS, PATIENT_PATHS, PEER_TIMEOUT_MS } from './patient.ts';
import { type Trial, writeReports } from './report.ts';
import { workerTrial } from './worker-trial.ts';

const HELP = `Usage: npm run conform -- [options]

Walks all paths of conformance against a master and a worker of Muster, in both dialects, and against those of the original
where there is one.

  --wazuh-framework DIR  a folder that holds the original's Python framework (wazuh/core); its API beside it
  --python FILE          the Python that runs it (default: python3)
  --only NAMES           these implementations only, of muster and original
  --roles NAMES          these roles only, of master and worker
  --patient              also walks the paths that wait for time-outs, at nodes that are given short ones
  --write-docs           writes the reports into docs/conformance.md
`;
/** What a master asks when it is to send all agent-groups. */
const ALL_GROUPS =
  'global sync-agent-groups-get {"condition":"all","set_synced":false,"get_global_hash":false,"last_id":0}';
const START_TIMEOUT_MS = 30_000;
/** A master alone on a quiet machine; one path waits for the five seconds of a master's patience. */
const PATH_TIMEOUT_MS = 8_000;
const PATIENT = { peerTimeoutMs: PEER_TIMEOUT_MS, only: PATIENT_PATHS };
const say = (text: string) => process.stdout.write(`${text}\n`);

/** One node alone, as long as it is tested; `isPatient`: then another one, whose time-outs are waited for. */
async function trial(
  role: string,
  systems: Systems,
  kind: Kind,
  dialect: DialectName,
  release: string,
  isPatient: boolean,
): Promise<Trial> {
  const tryOne = (isOutlasted: boolean) =>
    role === 'worker'
      ? workerTrial(systems, kind, dialect, release, { onPath: tellPath, isPatient: isOutlasted })
      : masterTrial(systems, kind, dialect, release, isOutlasted);
  const prompt = await tryOne(false);
  const tried = isPatient ? joined(prompt, await tryOne(true)) : prompt;
  tell(kind, tried.report);
  return tried;
}

/** What both have told, as one. */
const joined = ({ implementation, report }: Trial, { report: more }: Trial): Trial => ({
  implementation,
  report: {
    ...report,
    paths: [...report.paths, ...more.paths],
    notWalked: [...report.notWalked, ...more.notWalked],
    failed: [...report.failed, ...more.failed],
    lost: report.lost ?? more.lost,
    unreached: [...report.unreached, ...more.unreached],
  },
});

async function masterTrial(
  systems: Systems,
  kind: Kind,
  dialect: DialectName,
  release: string,
  isPatient: boolean,
): Promise<Trial> {
  const cluster = await InteropCluster.start(systems, kind, [], isPatient ? INTERVALS : undefined);
  try {
    cluster.master.write('etc/rules/local_rules.xml', '<group name="local"></group>\n');
    const target = {
      host: '127.0.0.1',
      port: cluster.port,
      key: KEY,
      cluster: 'bench',
      dialect,
      isPlain: false,
      release,
    };
    await waitFor(
      `${kind} to answer`,
      () =>
        conform(target, { only: /say\.echo-c/, timeoutMs: 2_000 }).then(
          () => true,
          () => false,
        ),
      START_TIMEOUT_MS,
      () => cluster.tails(),
    );
    await groupAnAgent(cluster.master);
    const options = { isActive: true, timeoutMs: PATH_TIMEOUT_MS, onPath: tellPath };
    const report = await conform(target, { ...options, ...(isPatient && PATIENT) });
    return { implementation: kind, report };
  } finally {
    await cluster.close();
  }
}

/** Without one that is in a group, masters may have no agent-groups to send. */
async function groupAnAgent(master: Member): Promise<void> {
  master.write('etc/client.keys', `001 agent1 any ${'a'.repeat(64)}\n`);
  master.write('etc/shared/default/agent.conf', '<agent_config></agent_config>\n');
  const isGrouped = async () => {
    const agents = [{ id: 1, groups: ['default'] }];
    await master.store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents });
    // It leaves out agents that are new.
    const { payload } = await master.store.query(ALL_GROUPS);
    return payload.includes('"default"');
  };
  await waitFor('an agent to be in a group', () => isGrouped().catch(() => false), START_TIMEOUT_MS);
}

function tellPath({ outcome, machine, steps, at, expected, got }: PathReport): void {
  if (outcome === 'departs')
    say(`  ${titleOf(machine, steps)}\n    step ${at}: expected ${expected.join(', or ')}; got ${got}`);
}

function tell(kind: Kind, { role, dialect, paths }: ConformReport): void {
  const departing = paths.filter(({ outcome }) => outcome === 'departs');
  const took = paths.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1000;
  say(
    `${role} of ${kind}, ${dialect}: ${paths.length} paths, ${departing.length} depart (${took.toFixed(1)} s)`,
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      'wazuh-framework': { type: 'string' },
      python: { type: 'string', default: 'python3' },
      only: { type: 'string', default: 'muster,original' },
      roles: { type: 'string', default: 'master,worker' },
      patient: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const directory = values['wazuh-framework'];
  const installation = build();
  process.on('exit', installation.remove);
  const muster = musterSystem(installation);
  const original = directory === undefined ? null : await wazuhSystem(directory, values.python);
  const systems = { muster, original: original ?? muster };
  const release = directory === undefined ? '4.7.5' : new WazuhFramework(directory, values.python).version;
  const { patient } = values;
  const wanted = values.only.split(',');
  const trials: Trial[] = [];
  if (original === null)
    say('The original: skipped, --wazuh-framework names no directory with it (see --help).');
  for (const role of values.roles.split(',')) {
    if (wanted.includes('muster'))
      for (const dialect of ['muster', 'wazuh4'] as const)
        trials.push(await trial(role, systems, 'muster', dialect, release, patient));
    if (original !== null && wanted.includes('original'))
      trials.push(await trial(role, systems, 'original', 'wazuh4', release, patient));
  }
  if (values['write-docs']) {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    writeReports(trials, { release, commit, patient, day: new Date().toISOString().slice(0, 10) });
  }
  return trials.every(({ report }) => showsConformance(report)) ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`The trial did not end: ${(error as Error).message}\n`);
  process.exit(2);
}
