import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor } from 'xstate';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import { MAX_CLIENTS } from '../../src/agents/limits.ts';
import type { AgentStore } from '../../src/agents/store.ts';
import type { StoreChoice } from '../../src/config/node-config.ts';
import { storeChild } from '../../src/node/agent-children.ts';
import { systemClock } from '../../src/node/clock.ts';
import { health } from '../../src/node/effects/health.ts';
import { disconnectSilentAgents } from '../../src/node/effects/silent-agents.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { NodeStatus } from '../../src/node/status.ts';
import { RESTARTS, supervisionEffects } from '../../src/node/supervision.ts';
import { answering, FakeWdb } from '../agents/fake-wdb.ts';
import { addAgents, StoreHome } from '../agents/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { wireServices } from '../harness/wire/services.ts';
import { LogCollector } from '../spec/log-collector.ts';

/** What of a node opens its agent store, under the supervisor that opens it anew. */
class StoreOfNode implements AsyncDisposable {
  readonly home = new StoreHome();
  readonly log = new LogCollector();
  readonly services: NodeServices;
  readonly #root: AnyActorRef;

  constructor(choice: StoreChoice) {
    const services = wireServices(systemClock);
    const config = {
      ...services.config,
      home: this.home.path,
      agents: { ...services.config.agents, store: choice },
    };
    this.services = { ...services, config, log: this.log };
    const root: AnyActorRef = createActor(
      createSupervisor({
        id: 'node',
        strategy: 'one_for_one',
        ...RESTARTS,
        effects: supervisionEffects(this.services, 'Node'),
        children: [
          storeChild(this.services, {
            ready: () => root.send({ type: 'supervisor.ready', child: 'agentStore' }),
            groupsChanged: () => {},
          }),
        ],
      }),
    );
    this.#root = root;
    root.subscribe({ error: () => {} });
    root.start();
  }

  /** Once it is open, and as it is wanted. */
  store(isWanted: (store: AgentStore) => boolean = () => true): Promise<AgentStore> {
    return this.until('the store', () => {
      try {
        const store = this.services.store.current;
        return isWanted(store) ? store : null;
      } catch {
        return null;
      }
    });
  }

  until<T>(what: string, check: () => T): Promise<NonNullable<T>> {
    return waitFor(what, check, 20_000, () => this.log.text());
  }

  get hasFailed(): boolean {
    return this.#root.getSnapshot().status === 'error';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#root.send({ type: 'shutdown' });
    await this.until('its end', () => this.#root.getSnapshot().status !== 'active');
    this.home[Symbol.dispose]();
  }
}

/** It makes its socket in the place of whatever stands there, as wazuh-db does. */
async function startWdb(home: StoreHome): Promise<FakeWdb> {
  rmSync(home.socket, { force: true });
  return await FakeWdb.start(answering('ok [{"id":7}]'), home);
}

describe('the agent store of a node', { concurrency: true }, () => {
  it('is the wazuh-db that was started later and took the socket, as soon as that is noticed', async () => {
    await using node = new StoreOfNode('auto');
    assert.equal((await node.store()).kind, 'embedded');
    const wdb = await startWdb(node.home);
    const store = await node.store(({ kind }) => kind === 'wazuh-db');
    assert.deepEqual(await store.allAgents(), [7]);
    assert.equal(node.log.find(/3206 - .*queue\/db\/wdb: another program has put something/).length, 1);
    assert.equal(node.log.find(/kept by the wazuh-db/).length, 1);
    await wdb.stop();
  });

  it('gives up where it is to be its own and somebody else has its socket', async () => {
    await using node = new StoreOfNode('embedded');
    await node.store();
    const wdb = await startWdb(node.home);
    await node.until('its end', () => node.hasFailed);
    assert.ok(node.log.find(/3101 - .*another process serves it/).length > 0);
    await wdb.stop();
  });

  it('is opened anew when its database is removed: what is written then has a file again', async () => {
    await using node = new StoreOfNode('auto');
    const first = await node.store();
    await addAgents(first, 2);
    rmSync(node.home.database);
    const second = await node.store((store) => store !== first);
    assert.equal(node.log.find(/3206 - .*global\.db: it was removed/).length, 1);
    await addAgents(second, 1);
    assert.deepEqual(await second.allAgents(), [1]);
    assert.ok(existsSync(node.home.database));
  });

  it('is opened anew when its socket is removed: others find it again', async () => {
    await using node = new StoreOfNode('auto');
    await node.store();
    rmSync(node.home.socket);
    await node.until('the socket', () => existsSync(node.home.socket));
  });

  it('is a wazuh-db by configuration: nobody says that it serves before it was asked', async () => {
    await using node = new StoreOfNode('wazuh-db');
    const store = await node.store();
    await node.until('the log', () =>
      node.log.find(/a wazuh-db at .*, which does not answer yet: Error 2005/),
    );
    assert.equal(node.log.find(/that serves/).length, 0);
    await assert.rejects(store.allAgents(), { code: 2005 });
    const wdb = await FakeWdb.start(answering('ok [{"id":7}]'), node.home);
    assert.deepEqual(await store.allAgents(), [7]);
    await wdb.stop();
  });

  it('says once that it is silent, and once that it answers again; what fails meanwhile does not say it', async () => {
    await using node = new StoreOfNode('wazuh-db');
    const services = { ...node.services, status: new NodeStatus(new Date(0)) };
    await node.store();
    const loud = () =>
      node.log.lines
        .filter(({ level, subtag }) => subtag === 'Agents' && (level === 'warning' || level === 'error'))
        .map(({ message }) => message);
    const isSilent = async () => {
      for (let count = 0; count < 3; count += 1) {
        assert.equal(await disconnectSilentAgents(services), false);
        assert.equal((await health(services, { nodes: null })).nodes.node?.info.n_active_agents, null);
      }
    };
    await isSilent();
    assert.equal(loud().length, 1);
    assert.match(
      loud()[0] ?? '',
      /does not answer yet: Error 2005 .*queue\/db\/wdb: there is no such socket/,
    );

    const wdb = await FakeWdb.start(answering('ok []'), node.home);
    assert.equal(await disconnectSilentAgents(services), true);
    assert.equal(node.log.find(/^The agent store answers now/).length, 1);
    await wdb.stop();
    await isSilent();
    assert.equal(loud().length, 2);
    assert.match(loud()[1] ?? '', /^The agent store does not answer: Error 20(05|10)/);
    assert.ok(node.log.find(/could not be looked for/).every(({ level }) => level === 'debug'));

    const next = await FakeWdb.start(answering('what'), node.home);
    assert.equal(await disconnectSilentAgents(services), false);
    assert.match(loud()[2] ?? '', /could not be looked for/, 'that it answers nonsense is another matter');
    await next.stop();
  });

  it('says once that more programs come than may', async () => {
    await using node = new StoreOfNode('embedded');
    await node.store();
    const sockets = Array.from({ length: MAX_CLIENTS + 5 }, () =>
      connect(node.home.socket).on('error', () => {}),
    );
    await node.until('the warning', () => node.log.find(/Programs are refused at .*queue\/db\/wdb/)[0]);
    await (await node.store()).allAgents();
    assert.equal(node.log.find(/Programs are refused/).length, 1);
    for (const socket of sockets) socket.destroy();
  });
});
