import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LiveSnapshot } from './live/snapshot.ts';
import type { Measured } from './metered-cluster.ts';

/** Seconds: from an answer of the same machine to what a person takes for broken. */
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Looks {
  /** Requests to the cluster that wait for their answers. */
  inFlight(): number;
  /** How the cluster is now. */
  look(): Promise<LiveSnapshot>;
}

/** What Prometheus collects of this API and, through it, of the cluster. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #http: Histogram<'method' | 'route' | 'status'>;
  readonly #requests: Histogram<'method'>;
  readonly #look: Looks['look'];
  readonly #gauges: ReturnType<typeof gaugesOfCluster>;
  readonly #failures: Counter<'method' | 'code'>;

  constructor({ inFlight, look }: Looks) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'muster_api_' });
    this.#http = new Histogram({
      name: 'muster_api_http_request_duration_seconds',
      help: 'Time until an HTTP request was answered.',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS_SECONDS,
      registers,
    });
    this.#requests = new Histogram({
      name: 'muster_api_cluster_request_duration_seconds',
      help: 'Time until the cluster answered a request of the API.',
      labelNames: ['method'],
      buckets: BUCKETS_SECONDS,
      registers,
    });
    this.#failures = new Counter({
      name: 'muster_api_cluster_request_failures_total',
      help: 'Requests of the API that the cluster did not answer, by code of error.',
      labelNames: ['method', 'code'],
      registers,
    });
    new Gauge({
      name: 'muster_api_cluster_requests_in_flight',
      help: 'Requests of the API that wait for an answer of the cluster.',
      registers,
      collect() {
        this.set(inFlight());
      },
    });
    this.#look = look;
    this.#gauges = gaugesOfCluster(registers);
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.#http.observe({ method, route, status }, seconds);
  }

  asked({ method, durationMs, code }: Measured): void {
    this.#requests.observe({ method }, durationMs / 1000);
    if (code !== null) this.#failures.inc({ method, code });
  }

  /** The text that Prometheus reads. While the daemon is away `muster_cluster_up` is 0 and nodes and agents are not there. */
  async text(): Promise<string> {
    const { isUp, nodes, agents } = await this.#look();
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    const { up, connected, inStep, lag, active, byStatus } = this.#gauges;
    up.set(isUp ? 1 : 0);
    for (const { name, type, isConnected, ...node } of isUp ? nodes : []) {
      connected.set({ node: name, type }, isConnected ? 1 : 0);
      if (!isConnected) continue;
      if (node.inStep !== null) inStep.set({ node: name }, node.inStep ? 1 : 0);
      lag.set({ node: name }, (node.behindMs ?? 0) / 1000);
      if (node.activeAgents !== null) active.set({ node: name }, node.activeAgents);
    }
    for (const [status, count] of Object.entries((isUp && agents) || {})) byStatus.set({ status }, count);
    return this.#registry.metrics();
  }
}

function gaugesOfCluster(registers: Registry[]) {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers });
  return {
    up: gauge('muster_cluster_up', 'Whether the daemon of this node answers.', []),
    connected: gauge('muster_node_connected', 'Whether a node is connected.', ['node', 'type']),
    inStep: gauge('muster_node_in_step', 'Whether a node has the files of the master.', ['node']),
    lag: gauge('muster_node_lag_seconds', 'How long a node has been behind the master.', ['node']),
    active: gauge('muster_node_active_agents', 'Active agents of a node.', ['node']),
    byStatus: gauge('muster_agents', 'Agents by status.', ['status']),
  };
}
