import type { TaggedLog } from '../observe/log.ts';
import type { Attempts } from './auth/attempts.ts';
import type { Tokens } from './auth/tokens.ts';
import type { Users } from './auth/users.ts';
import type { LiveFeed } from './live/feed.ts';
import type { MeteredCluster } from './metered-cluster.ts';
import type { Metrics } from './metrics.ts';

/** What the endpoints work with. */
export interface ApiServices {
  readonly cluster: MeteredCluster;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly attempts: Attempts;
  readonly metrics: Metrics;
  readonly feed: LiveFeed;
  readonly log: TaggedLog;
  readonly version: string;
}
