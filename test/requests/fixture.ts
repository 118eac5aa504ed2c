import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import type { AgentStore } from '../../src/agents/store.ts';
import { initHome } from '../../src/cli/init-home.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { NodeConfig } from '../../src/config/node-config.ts';
import { FileIndex } from '../../src/files/index.ts';
import { FilePool } from '../../src/files/pool.ts';
import { agentRows } from '../../src/node/effects/agent-rows.ts';
import { StoreAccess } from '../../src/node/store-access.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { EmbeddedRegistration } from '../../src/registration/embedded/registration.ts';
import type { HandlerServices } from '../../src/requests/handlers.ts';
import { offeredMethods } from '../../src/requests/handlers.ts';
import { type MethodArgs, type MethodName, type MethodResult, methods } from '../../src/requests/methods.ts';
import { logTo } from '../registration/log-to.ts';

type Nodes = Awaited<ReturnType<HandlerServices['nodes']>>['items'];
type Diffs = Awaited<ReturnType<HandlerServices['diff']>>['nodes'];

/** A master whose methods are called: a home, a store and a registration that are real, and a cluster that is told. */
export class MethodsHome implements AsyncDisposable {
  readonly config: NodeConfig;
  readonly store: AgentStore;
  /** How registration reaches the store. */
  readonly access = new StoreAccess();
  readonly nodes: Nodes = [
    { name: 'master', type: 'master', version: '0.1.0', ip: '10.0.0.1' },
    { name: 'worker1', type: 'worker', version: '0.1.0', ip: '10.0.0.2' },
    { name: 'worker2', type: 'worker', version: '0.2.0', ip: '10.0.0.3' },
  ];
  diffs: Diffs = {};
  /** How often a round of integrity was begun. */
  rounds = 0;
  /** What registration has written to the log. */
  readonly logged: string[] = [];
  readonly #registration: EmbeddedRegistration;
  readonly #pool = new FilePool({ threads: 1 });
  readonly #services: HandlerServices;

  private constructor(config: NodeConfig, store: EmbeddedStore) {
    this.config = config;
    this.store = store;
    this.access.set(store);
    const handled = new StoreAccess();
    handled.set(store);
    const rows = agentRows(this.access);
    this.#registration = new EmbeddedRegistration({ home: config.home, rows, log: logTo(this.logged) });
    this.#services = {
      config,
      version: '0.1.0',
      files: new FileIndex({ home: config.home, config: config.files, pool: this.#pool }),
      store: (signal) => handled.forRequests(signal),
      registration: () => this.#registration,
      nodes: async () => ({ items: this.nodes, totalItems: this.nodes.length }),
      health: async ({ nodes }) => ({
        n_connected_nodes: 0,
        nodes: Object.fromEntries(
          (nodes ?? []).map((name) => [
            name,
            { info: { name, type: 'worker', version: '0.1.0', ip: '10.0.0.2', n_active_agents: 0 } },
          ]),
        ),
      }),
      diff: async () => ({ nodes: this.diffs }),
      status: () => ({ name: config.nodeName }),
      triggerIntegrity: () => {
        this.rounds += 1;
      },
    };
  }

  static async make(home = mkdtempSync(join(tmpdir(), 'muster-methods-'))): Promise<MethodsHome> {
    await initHome({ home, role: 'master', name: 'master', cluster: 'wazuh', force: false });
    const config = await loadConfig(home);
    const store = await EmbeddedStore.open({ home: config.home, isMaster: true, isServed: false });
    await store.mirrorRegistry(); // as the node does: there is the group default
    return new MethodsHome(config, store);
  }

  /** Calls a method as a node would: arguments and result are held against their schemas. */
  async call<M extends MethodName>(
    name: M,
    args: MethodArgs<M>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<MethodResult<M>> {
    const { handler } = offeredMethods.get(name) ?? {};
    if (handler === undefined) throw new Error(`${name} is not offered`);
    methods[name].args.parse(args);
    const context = {
      services: this.#services,
      signal,
      deadlineMs: performance.now() + 10_000,
      user: null,
    };
    const result = await handler(args as never, context);
    return methods[name].result.parse(result) as MethodResult<M>;
  }

  path(path: string): string {
    return join(this.config.home, path);
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  /** Null where there is no such file. */
  read(path: string): string | null {
    return existsSync(this.path(path)) ? readFileSync(this.path(path), 'utf8') : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#registration.close();
    await this.store.close();
    await this.#pool.close();
    rmSync(this.config.home, { recursive: true, force: true });
  }
}

/** For `assert.rejects`. */
export const code = (wanted: number) => (error: unknown) =>
  error instanceof MusterError && error.code === wanted;
