import type { TaggedLog } from '../observe/log.ts';
import { packageVersion } from '../version.ts';
import { Attempts } from './auth/attempts.ts';
import { openTokenKey, Tokens } from './auth/tokens.ts';
import { Users } from './auth/users.ts';
import type { ClusterPort } from './cluster-port.ts';
import { Collector } from './live/collector.ts';
import { LiveFeed } from './live/feed.ts';
import { Latencies } from './live/latencies.ts';
import { type Measured, MeteredCluster } from './metered-cluster.ts';
import { Metrics } from './metrics.ts';
import type { ApiServices } from './services.ts';

export interface ApiOptions {
  readonly home: string;
  readonly cluster: ClusterPort;
  readonly log: TaggedLog;
  readonly tokenLifetimeMs: number;
  readonly maxLoginAttempts: number;
  readonly blockTimeMs: number;
}

/** Opens what the endpoints work with. Throws 3404 for files of users and keys that cannot be used. */
export async function openApiServices(options: ApiOptions): Promise<ApiServices> {
  const { home, log } = options;
  const users = await Users.open(home);
  const tokens = new Tokens({ key: openTokenKey(home), users, lifetimeMs: options.tokenLifetimeMs });
  const attempts = new Attempts({ maxFailures: options.maxLoginAttempts, lockMs: options.blockTimeMs });
  const latencies = new Latencies();
  const onMeasured = (measured: Measured) => {
    latencies.add(measured);
    metrics.asked(measured);
  };
  const cluster = new MeteredCluster(options.cluster, onMeasured);
  // What the page itself asks is not what it shows.
  const collector = new Collector(options.cluster, () => latencies.summary(cluster.inFlight));
  const feed = new LiveFeed(() => collector.look());
  const metrics = new Metrics({ inFlight: () => cluster.inFlight, look: () => feed.look() });
  return { cluster, users, tokens, attempts, metrics, feed, log, version: packageVersion() };
}
