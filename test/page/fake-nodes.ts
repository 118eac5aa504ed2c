import { MAX_RECENT_NAMES } from '../../src/node/recent-syncs.ts';
import type { FakeCluster } from '../api/fixture.ts';

interface FakeNode {
  name: string;
  inStep?: boolean;
  isSyncing?: boolean;
  agents?: number;
  status?: object;
}

const before = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const ran = (seconds: number, durationSeconds: number, more: object = {}) => ({
  startedAt: before(seconds),
  durationSeconds,
  failure: null,
  ...more,
});

/** A cluster that is said to be, so that the page can be shown anything: nodes come and go by this object. */
export class FakeNodes {
  nodes: FakeNode[];

  constructor(cluster: FakeCluster, names: readonly string[]) {
    this.nodes = names.map((name, index) => ({ name, inStep: true, agents: 40 + index * 17 }));
    const items = (all: unknown[]) => ({ items: all, totalItems: all.length, failed: [], message: '' });
    cluster.answers.set('cluster.local_info', () => ({
      node: names[0] ?? '',
      cluster: 'demo',
      type: 'master',
      version: '0.1.0',
    }));
    cluster.answers.set('cluster.nodes', () =>
      items(
        this.nodes.map(({ name, inStep = true }, index) => ({
          name,
          type: index === 0 ? 'master' : 'worker',
          version: '0.1.0',
          ip: `10.0.0.${index + 1}`,
          inStep,
          connectedAt: before(3_000),
          lastKeepaliveAt: index === 0 ? null : before(index),
        })),
      ),
    );
    cluster.answers.set('cluster.health', () =>
      items(
        this.nodes.map(({ name, agents = 0 }, index) => ({
          info: {
            name,
            type: index === 0 ? 'master' : 'worker',
            version: '0.1.0',
            ip: '',
            n_active_agents: agents,
          },
        })),
      ),
    );
    cluster.answers.set('node.status', () =>
      items(
        this.nodes.map((node, index) => ({
          name: node.name,
          daemons: {},
          status: this.#status(node, index),
        })),
      ),
    );
  }

  #status({ name, status = {} }: FakeNode, index: number): object {
    if (index === 0) {
      return {
        files: 312,
        lastLocalIntegrity: { startedAt: before(2), durationSeconds: 0.011, files: 312 },
        workers: this.nodes.slice(1).map((worker) => ({
          name: worker.name,
          isSyncing: worker.isSyncing ?? false,
          isSyncingAgents: false,
        })),
        ...status,
      };
    }
    const counts = { created: index, updated: 2, deleted: 0 };
    return {
      name,
      files: 312,
      lastCheck: ran(3, 0.004, { outcome: 'in-step' }),
      lastSync: ran(47 * index, 0.021, counts),
      lastAgentInfo: ran(8, 0.013, { chunks: 1 }),
      lastGroups: ran(130, 0.008, { chunks: 1 }),
      recentSyncs: [
        {
          startedAt: `2026-01-0${index}T08:00:00.000Z`,
          durationSeconds: 0.021,
          failure: null,
          ...counts,
          files: {
            created: Array.from(
              { length: Math.min(index, MAX_RECENT_NAMES) },
              (_, i) => `etc/shared/group${i}/agent.conf`,
            ),
            updated: ['etc/rules/local_rules.xml', 'etc/lists/hosts'],
            deleted: [],
          },
        },
      ],
      ...status,
    };
  }
}
