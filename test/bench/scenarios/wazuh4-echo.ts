import { BenchCluster } from '../cluster.ts';
import { EchoClient } from '../echo-client.ts';
import { small } from '../file-sets.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

const PAYLOAD_BYTES = 64;
/** Long enough that what runs now and then beside it counts for little. */
const SECONDS = 3;
const THREE_TIMES = { ofOriginal: 3, isLeast: true } as const;

export const wazuh4Echo: Scenario = {
  name: 'wazuh4-echo',
  title: 'echo of 64 bytes in the dialect of Wazuh 4.x, a Muster master and an original one',
  figures: [
    { key: 'one', title: 'one in flight', unit: '/s', goal: THREE_TIMES },
    { key: 'many', title: '64 in flight', unit: '/s', goal: THREE_TIMES },
    { key: 'oneCpu', title: "master's CPU for one of them, one in flight", unit: 'us' },
    { key: 'manyCpu', title: "master's CPU for one of them, 64 in flight", unit: 'us' },
  ],
  pairing: (muster) => ({ system: muster }),
  run,
};

async function run(context: RunContext): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: 0 });
  try {
    await cluster.startMaster(small(1));
    const { master } = cluster;
    const client = await EchoClient.connect(cluster.port, PAYLOAD_BYTES);
    // Until the code is compiled, and the processors are awake.
    await client.load(64, 1);
    await startProfiles(context, [master]);
    const fromMs = Date.now();
    const measured = async (inFlight: number) => {
      const before = master.usage.cpuSeconds;
      const rate = await client.load(inFlight, SECONDS);
      const cpuSeconds = master.usage.cpuSeconds - before;
      return { rate, microseconds: (cpuSeconds / (rate * SECONDS)) * 1_000_000 };
    };
    const one = await measured(1);
    const many = await measured(64);
    const loop = await loopDelays(cluster, fromMs, Date.now());
    await stopProfiles(context, [master]);
    client.close();
    return {
      values: { one: one.rate, many: many.rate, oneCpu: one.microseconds, manyCpu: many.microseconds },
      loop,
    };
  } finally {
    await cluster.close();
  }
}
