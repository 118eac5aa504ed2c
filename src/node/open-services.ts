import type { NodeConfig } from '../config/node-config.ts';
import { FileIndex } from '../files/index.ts';
import { PackageStore } from '../files/package-store.ts';
import { FilePool } from '../files/pool.ts';
import { Tap } from '../inspect/tap.ts';
import type { Logger } from '../observe/log.ts';
import { MusterError } from '../protocol/errors.ts';
import { type OfferedMethods, offeredMethods } from '../requests/handlers.ts';
import { KeyRing } from '../transport/keys.ts';
import type { Connection } from '../transport/transport.ts';
import { packageVersion } from '../version.ts';
import { ChannelRegistry } from './channel-registry.ts';
import { type Clock, systemClock } from './clock.ts';
import { Connections } from './connections.ts';
import { nodeIdentity } from './identity.ts';
import { Recovery } from './recovery.ts';
import { RegistrationAccess } from './registration-access.ts';
import type { NodeServices } from './services.ts';
import { prepareSpool } from './spool.ts';
import { NodeStatus } from './status.ts';
import { StoreAccess } from './store-access.ts';
import { DialectMemory } from './wazuh4/dialect-memory.ts';
import { clientDialects, dialects } from './wazuh4/dialects.ts';

/** Time and threads, where they are not the node's own: several nodes in one process share them. */
export interface SharedServices {
  readonly clock?: Clock;
  readonly pool?: FilePool;
  /** Those that the transport goes by; keys may be replaced while a node runs. */
  readonly keys?: KeyRing;
  /** What the transport goes by where it is not known what the master speaks. */
  readonly memory?: DialectMemory;
  /** What the node offers, if it is not the methods of this version: tests have methods of their own. */
  readonly methods?: OfferedMethods;
}

/** Opens what a node works with, and completes or drops what an earlier life of it left unfinished. */
export async function openServices(
  config: NodeConfig,
  log: Logger,
  shared: SharedServices = {},
): Promise<NodeServices> {
  prepareSpool(config.home);
  const clock = shared.clock ?? systemClock;
  const pool = shared.pool ?? new FilePool({ threads: config.intervals.master.processPoolSize });
  const isMaster = config.role === 'master';
  const syncLog = log.tagged(isMaster ? 'Master' : `Worker ${config.nodeName}`, 'Integrity sync');
  const recovery = new Recovery({ config, pool, log: syncLog });
  await recovery.finish().catch((error) => {
    // A worker has more to do than that, and tries again with each check. What a master has the others take.
    if (isMaster) throw error;
    syncLog.error(MusterError.from(error).toLog());
  });
  const channels = new ChannelRegistry();
  const keys = shared.keys ?? new KeyRing(config.key, config.security.acceptedKeys);
  const dialectMemory = shared.memory ?? new DialectMemory();
  return {
    config,
    version: packageVersion(),
    identity: nodeIdentity(config.home, () => clock.now()),
    clock,
    log,
    tap: new Tap({ redact: log.redact, now: () => clock.now() }),
    dialectOf: dialects(config, keys, dialectMemory),
    clientDialect: clientDialects(config),
    dialectMemory,
    connections: new Connections<Connection>(),
    channels,
    pool,
    index: new FileIndex({
      home: config.home,
      config: config.files,
      pool,
      keepsUnreadable: isMaster,
    }),
    packages: new PackageStore({
      home: config.home,
      pool,
      level: config.intervals.communication.compressLevel,
    }),
    recovery,
    status: new NodeStatus(new Date(clock.now())),
    store: new StoreAccess(),
    registration: new RegistrationAccess(),
    methods: shared.methods ?? offeredMethods,
    refuseTask: (connectionId, counter, task) =>
      channels.find(connectionId)?.fail(counter, new MusterError(3027, task ?? null)),
    random: Math.random,
  };
}
