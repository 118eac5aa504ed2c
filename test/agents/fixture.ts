import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { storePath } from '../../src/agents/paths.ts';
import type { AgentStore, StoreAnswer } from '../../src/agents/store.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { InstalledWdb, whyNoOriginal } from './wazuh-db.ts';

/** A home of its own, removed when it is disposed of. */
export class StoreHome implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'muster-agents-'));

  constructor() {
    mkdirSync(dirname(this.socket), { recursive: true });
  }

  get socket(): string {
    return storePath(this.path, 'socket');
  }

  get database(): string {
    return storePath(this.path, 'database');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A store under test, in a home of its own. */
export interface Subject extends AsyncDisposable {
  readonly store: AgentStore;
  readonly home: StoreHome;
  /** What `test/agents/differences.test.ts` tells of the original holds for it. */
  readonly isOriginal: boolean;
}

/** Makes a store that has agent 0 and nothing else. */
export type MakeSubject = (options?: { isMaster?: boolean }) => Promise<Subject>;

/** The embedded store, as the node has it. */
export const embeddedSubject: MakeSubject = async ({ isMaster = true } = {}) => {
  const home = new StoreHome();
  const store = await EmbeddedStore.open({ home: home.path, isMaster, isServed: false });
  return {
    store,
    home,
    isOriginal: false,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      home[Symbol.dispose]();
    },
  };
};

/** The client of a wazuh-db, on the socket of an embedded store. */
export const clientSubject: MakeSubject = async ({ isMaster = true } = {}) => {
  const home = new StoreHome();
  const served = await EmbeddedStore.open({ home: home.path, isMaster, isServed: true });
  const store = new WdbStore({ socket: home.socket });
  return {
    store,
    home,
    isOriginal: false,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await served.close();
      home[Symbol.dispose]();
    },
  };
};

/** The client of a wazuh-db, on the socket of the original. */
export const originalSubject: MakeSubject = async ({ isMaster = true } = {}) => {
  const home = new StoreHome();
  const daemon = await InstalledWdb.start({ home: home.path, socket: home.socket, isMaster });
  const store = new WdbStore({ socket: home.socket, groupsLookMs: 20 });
  return {
    store,
    home,
    isOriginal: true,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await daemon[Symbol.asyncDispose]();
      home[Symbol.dispose]();
    },
  };
};

/** For tests of what uses a store: the original, where there is one. */
export const anySubject: MakeSubject = whyNoOriginal ? embeddedSubject : originalSubject;

/** Every kind of store, and why it is left out here; false if it is not. */
export const subjects: readonly {
  readonly name: string;
  readonly make: MakeSubject;
  readonly skip: string | false;
}[] = [
  { name: 'the embedded store', make: embeddedSubject, skip: false },
  { name: 'the client of a wazuh-db', make: clientSubject, skip: false },
  { name: 'the original', make: originalSubject, skip: whyNoOriginal },
];

/** An answer as it travels. */
export const textOf = ({ status, payload }: StoreAnswer) =>
  payload === '' ? status : `${status} ${payload}`;

/** A second long ago: stores leave out what was added just now. */
export const LONG_AGO_S = 1_700_000_000;

/** Agents 1 to `count`, a1 to aN, without anything else. */
export async function addAgents(store: AgentStore, count: number, firstId = 1): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => firstId + index);
  await Promise.all(ids.map((id) => store.insertAgent({ id, name: `a${id}`, dateAddS: LONG_AGO_S })));
}

export async function addGroups(store: AgentStore, ...names: string[]): Promise<void> {
  for (const name of names) await store.insertGroup(name);
}

/** An agent as a worker tells it. */
export const infoOf = (id: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  name: `a${id}`,
  ip: '10.0.0.5',
  os_name: 'Ubuntu',
  os_version: '22.04',
  os_major: '22',
  os_minor: '04',
  os_codename: 'Jammy',
  os_platform: 'ubuntu',
  os_uname: 'Linux |a|5.15',
  os_arch: 'x86_64',
  version: 'Wazuh v4.7.5',
  config_sum: 'ab73af41699f13fdd81903b5f23d8d00',
  merged_sum: '4a8724b20dee0124ff9656783c490c4e',
  manager_host: 'host1',
  node_name: 'worker1',
  last_keepalive: LONG_AGO_S,
  connection_status: 'active',
  disconnection_time: 0,
  group_config_status: 'synced',
  status_code: 0,
  ...more,
});

/** Makes agents look as if their daemon had just reported them. */
export async function report(store: AgentStore, ids: readonly number[]): Promise<void> {
  for (const id of ids) await store.updateKeepalive(id, 'active', 'syncreq');
}

/** A store of which some methods are another's. */
export const storeWith = (store: AgentStore, change: Partial<AgentStore>): AgentStore =>
  new Proxy(store, {
    get: (target, name) => {
      const own = (change as Record<PropertyKey, unknown>)[name];
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

export const idsOf = (rows: readonly { id: number }[]): number[] => rows.map(({ id }) => id);

export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
