import type { NodeConfig } from '../config/node-config.ts';
import type { FileIndex } from '../files/index.ts';
import type { PackageStore } from '../files/package-store.ts';
import type { FilePool } from '../files/pool.ts';
import type { Tap } from '../inspect/tap.ts';
import type { Logger } from '../observe/log.ts';
import type { Dialect } from '../protocol/dialects/dialect.ts';
import type { OfferedMethods } from '../requests/handlers.ts';
import type { Connection } from '../transport/transport.ts';
import type { ChannelRegistry } from './channel-registry.ts';
import type { Clock } from './clock.ts';
import type { Connections } from './connections.ts';
import type { NodeIdentity } from './identity.ts';
import type { Recovery } from './recovery.ts';
import type { RegistrationAccess } from './registration-access.ts';
import type { NodeStatus } from './status.ts';
import type { StoreAccess } from './store-access.ts';
import type { DialectMemory } from './wazuh4/dialect-memory.ts';

/** What the effects of one node share: its ports and its state outside the machines. One object a node. */
export interface NodeServices {
  readonly config: NodeConfig;
  readonly version: string;
  readonly identity: NodeIdentity;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where those who watch the node's actors and frames listen. */
  readonly tap: Tap;
  /** What is spoken over a connection; some dialects remember what was said, so to be asked once for each. */
  dialectOf(connection: Connection): Dialect;
  /** The same for a client of the local socket, by the first bytes that it has sent. */
  clientDialect(head: Uint8Array): Dialect;
  readonly dialectMemory: DialectMemory;
  readonly connections: Connections<Connection>;
  readonly channels: ChannelRegistry;
  readonly pool: FilePool;
  readonly index: FileIndex;
  readonly packages: PackageStore;
  readonly recovery: Recovery;
  readonly status: NodeStatus;
  readonly store: StoreAccess;
  readonly registration: RegistrationAccess;
  /** What can be asked of it. */
  readonly methods: OfferedMethods;
  /** Tells a peer that no process of ours waits for what it said (3027), and which task that was if it named one. */
  refuseTask(connectionId: number, counter: number, task?: string): void;
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number;
}
