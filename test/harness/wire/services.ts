import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromCallback } from 'xstate';
import { loadConfig } from '../../../src/config/load.ts';
import type { NodeConfig } from '../../../src/config/node-config.ts';
import { Tap } from '../../../src/inspect/tap.ts';
import { Channel } from '../../../src/node/channel.ts';
import { ChannelRegistry } from '../../../src/node/channel-registry.ts';
import type { Clock } from '../../../src/node/clock.ts';
import { Connections } from '../../../src/node/connections.ts';
import type { NodeServices } from '../../../src/node/services.ts';
import { NodeStatus } from '../../../src/node/status.ts';
import { StoreAccess } from '../../../src/node/store-access.ts';
import { provideTransfers, type Transfers } from '../../../src/node/transfers/index.ts';
import { DialectMemory } from '../../../src/node/wazuh4/dialect-memory.ts';
import { musterDialect } from '../../../src/protocol/dialects/muster.ts';
import { musterTraits, type PeerTraits } from '../../../src/protocol/dialects/peer-traits.ts';
import { MusterError } from '../../../src/protocol/errors.ts';
import type { Connection } from '../../../src/transport/transport.ts';

/** No request of the node times out by itself: what is late is for the path to say. */
const NEVER_MS = 1_000_000_000;
const DIGEST = 'd'.repeat(128);

/** What a configuration with nothing but the necessary says, except for the deadlines. */
async function defaults(): Promise<NodeConfig> {
  const home = await mkdtemp(join(tmpdir(), 'muster-wire-'));
  try {
    await mkdir(join(home, 'etc'));
    await writeFile(
      join(home, 'etc/ossec.conf'),
      `<ossec_config><cluster><name>muster</name><node_name>node</node_name><node_type>master</node_type>
<key>${'k'.repeat(32)}</key><nodes><node>127.0.0.1</node></nodes></cluster></ossec_config>`,
    );
    const config = await loadConfig(home);
    const { intervals } = config;
    const communication = {
      ...intervals.communication,
      timeoutClusterRequestMs: NEVER_MS,
      timeoutReceivingFileMs: NEVER_MS,
    };
    return { ...config, intervals: { ...intervals, communication } };
  } finally {
    await rm(home, { recursive: true });
  }
}
const config = await defaults();

const silent = { debug2() {}, debug() {}, info() {}, warning() {}, error() {} };

/** What the effects of a node work with: real connections, channels and dialect; no files, no threads, no log. `traits`: what the peer does otherwise. */
export function wireServices(clock: Clock, traits: Partial<PeerTraits> = {}): NodeServices {
  const dialect = { ...musterDialect, traits: { ...musterTraits, ...traits } };
  const channels = new ChannelRegistry();
  const services = {
    config,
    version: '1',
    identity: { node: 'a'.repeat(32), nextSession: () => 1 },
    clock,
    log: { tagged: () => silent },
    tap: new Tap({ redact: (text) => text, now: () => clock.now() }),
    dialectOf: () => dialect,
    clientDialect: () => dialect,
    connections: new Connections<Connection>(),
    channels,
    recovery: { finish: async () => {} },
    index: { digest: DIGEST, files: new Map(), scan: async () => ({ digest: DIGEST }) },
    status: new NodeStatus(new Date(0)),
    dialectMemory: new DialectMemory(),
    store: new StoreAccess(),
    refuseTask: (connectionId: number, counter: number, task?: string) =>
      channels.find(connectionId)?.fail(counter, new MusterError(3027, task ?? null)),
    random: () => 0,
  };
  return services as unknown as NodeServices;
}

/** Transfers whose machines are the test's; only the pruning of what old ones left is called. */
export function wireTransfers(): Transfers {
  const nothing = fromCallback(() => {});
  return { transfers: nothing, fileSend: nothing, prune: async () => {} } as unknown as Transfers;
}

/** The machines of transfers with their effects; those that touch files are replaced by the test. */
export function wiredTransfers({ channels, clock }: NodeServices): Transfers {
  const unused = () => {
    throw new Error('files are not part of this test');
  };
  return provideTransfers({
    channels,
    clock,
    digestFile: unused,
    digestBytes: unused,
    spoolDirectory: unused,
    log: { ended: () => {}, trouble: () => {} },
  });
}

/** The channel of a connection whose handler is not part of the test. */
export function openChannel(
  services: NodeServices,
  id: number,
  connection: Connection,
  onRequest: (counter: number) => void,
): Channel {
  const { clock } = services;
  const channel = new Channel({
    id,
    connection,
    dialect: services.dialectOf(connection),
    clock,
    awaitsHello: false,
    onRequest: (counter) => onRequest(counter),
    onClose: () => services.channels.remove(id),
  });
  services.channels.add(channel);
  return channel;
}
