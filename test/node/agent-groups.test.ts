import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Actor, type AnyActor, type AnyActorRef, createActor, setup } from 'xstate';
import type { AgentGroups, AgentStore } from '../../src/agents/store.ts';
import { masterAgentGroups } from '../../src/node/effects/agent-groups-master.ts';
import { workerAgentGroups } from '../../src/node/effects/agent-groups-worker.ts';
import { groupsEvent } from '../../src/node/effects/groups-broadcast.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { addAgents, addGroups, anySubject } from '../agents/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { CONNECTION, End, openEnd } from './agent-info-pair.ts';

const AGENTS = 3;
/** Pauses that no test waits for. */
const NEVER_MS = 1_000_000;

async function store(isMaster: boolean, agents = AGENTS) {
  const subject = await anySubject({ isMaster });
  await addAgents(subject.store, agents);
  await addGroups(subject.store, 'default', 'a', 'b');
  return subject;
}

type Groups = ReturnType<typeof masterAgentGroups>;

/** A master whose local agent-groups run as often as a test says. */
class Master implements Disposable {
  readonly end = new End();
  readonly groups: Groups;
  collect: Actor<Groups['collect']>;
  broadcast: AnyActorRef | null = null;
  version = 0;
  /** First pause before a worker that differs is tried again. */
  readonly retryMs: number;

  constructor(agents: AgentStore, retryMs = NEVER_MS) {
    this.retryMs = retryMs;
    const { services, transfers } = this.end;
    services.store.set(agents);
    services.status.workers.set(CONNECTION, { name: 'worker1' } as never);
    this.groups = masterAgentGroups(services, transfers, (version) => {
      this.version = version;
      this.broadcast?.send({ type: 'groups.published', version });
    });
    this.collect = this.#startCollector();
  }

  #startCollector(): Actor<Groups['collect']> {
    const input = { startDelayMs: 1, intervalMs: NEVER_MS };
    return createActor(this.groups.collect, { input }).start();
  }

  /** As its supervisor does it when it has crashed; its workers connect anew. */
  restartCollector(): void {
    this.collect.stop();
    this.collect = this.#startCollector();
  }

  [Symbol.dispose](): void {
    this.collect.stop();
  }
}

/** One connection of a worker with this store to this master. */
class Line implements Disposable {
  readonly worker = new End();
  /** What the master said. */
  readonly said: string[] = [];
  /** Commands that the worker refuses by itself. */
  refuses: (command: string) => boolean = () => false;
  readonly #actors: AnyActor[];
  readonly #master: Master;

  constructor(master: Master, agents: AgentStore) {
    this.#master = master;
    const { services, transfers } = this.worker;
    services.store.set(agents);
    const [client, server] = memoryPair();
    const follow = createActor(workerAgentGroups(services, transfers), {
      input: { connectionId: CONNECTION, storeTimeoutMs: 10_000, settleMs: NEVER_MS, mismatchLimit: 3 },
    }).start();
    const incoming = this.worker.incoming();
    openEnd(this.worker, client, {
      onRequest: (counter, command, args) => {
        this.said.push(command);
        if (this.refuses(command)) {
          services.channels.get(CONNECTION).fail(counter, new MusterError(3110, 'the test'));
          return;
        }
        const event = { type: `rx.${command}`, counter, ...(args as object) };
        if (command.startsWith('syn_g_')) follow.send(event as never);
        else incoming.getSnapshot().children.transfers.send(event);
      },
      onClose: () => {},
    });
    openEnd(master.end, server, {
      onRequest: (counter, command, args) => {
        const event = groupsEvent(counter, command as never, args as never);
        if (event !== null) master.broadcast?.send(event);
      },
      onClose: () => {},
    });
    const handler = hostOf(master);
    this.#actors = [follow, incoming, handler];
    master.broadcast = handler.getSnapshot().children.broadcast ?? null;
    master.collect.send({ type: 'worker.joined', connectionId: CONNECTION });
  }

  count(command: string): number {
    return this.said.filter((said) => said === command).length;
  }

  [Symbol.dispose](): void {
    this.#master.broadcast = null;
    this.#master.collect.send({ type: 'worker.left', connectionId: CONNECTION });
    this.#master.end.services.channels.find(CONNECTION)?.destroy(null);
    for (const actor of this.#actors) actor.stop();
  }
}

/** The part of a handler that broadcasts need: it passes on what they say. */
function hostOf({ groups, collect, version, retryMs }: Master) {
  const input = {
    connectionId: CONNECTION,
    acknowledged: groups.acknowledgedBy('worker1'),
    published: version,
    retryMs,
    answerTimeoutMs: 10_000,
  };
  const machine = setup({
    actors: { broadcast: groups.broadcast },
    actions: { pass: ({ event }) => collect.send(event as never) },
  }).createMachine({
    id: 'host',
    invoke: { id: 'broadcast', src: 'broadcast', input },
    on: { 'groups.sent': { actions: 'pass' } },
  });
  return createActor(machine).start();
}

const assign = (agents: AgentStore, list: readonly AgentGroups[]) =>
  agents.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents: list });
/** Names as long as they may be: few agents fill a string. */
async function assignLong(agents: AgentStore, count: number): Promise<void> {
  const groups = Array.from({ length: 8 }, (_, index) => String(index).padStart(255, 'g'));
  await addGroups(agents, ...groups);
  const { errors } = await assign(
    agents,
    Array.from({ length: count }, (_, index) => ({ id: index + 1, groups })),
  );
  assert.deepEqual(errors, []);
}

/** What a worker holds of strings. */
const heldBy = ({ worker }: Line) => worker.transfers.strings.heldBytes(CONNECTION);
const unsynced = async (agents: AgentStore) =>
  (await agents.groupsToSend({ agents: 'unsynced' })).agents.map(({ id }) => id);
const inStep = (one: AgentStore, other: AgentStore) =>
  waitFor('equal checksums', async () => (await one.groupsHash()) === (await other.groupsHash()));

describe('agent-groups between a master and its worker', () => {
  it('go to the worker once, and count as synced when it has taken them', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    await assign(master.store, [{ id: 1, groups: ['a', 'b'] }]);
    using node = new Master(master.store);
    using line = new Line(node, worker.store);
    assert.deepEqual(await unsynced(master.store), [1]);
    await inStep(master.store, worker.store);
    assert.deepEqual(await worker.store.groupsOfAgent(1), ['a', 'b']);
    await waitFor('the mark', async () => (await unsynced(master.store)).length === 0);
    node.collect.send({ type: 'groups.changed' });
    await waitFor('the next reading', () => node.end.log.find(/nothing new/).length === 1);
    assert.equal(line.count('syn_g_m_w'), 1, 'nothing changed, nothing is sent');
    assert.equal(node.end.log.find(/\(1 agents sent\)/, 'Local agent-groups').length, 1);
    assert.equal(node.end.log.find(/\(1 chunks sent\)/, 'Agent-groups send').length, 1);
  });

  it('that a worker missed come with its next connection, as a difference', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    await assign(master.store, [{ id: 1, groups: ['a'] }]);
    using node = new Master(master.store);
    {
      using _line = new Line(node, worker.store);
      node.collect.send({ type: 'groups.changed' });
      await inStep(master.store, worker.store);
      await waitFor('the acknowledgement', () => node.groups.acknowledgedBy('worker1') === 1);
    }
    await assign(master.store, [{ id: 2, groups: ['b'] }]);
    using line = new Line(node, worker.store);
    node.collect.send({ type: 'groups.changed' });
    await inStep(master.store, worker.store);
    assert.equal(line.count('syn_g_m_w_c'), 0, 'no full copy');
    assert.deepEqual(await worker.store.groupsOfAgent(2), ['b']);
  });

  it('come as a whole when the worker asks for them', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    await assign(master.store, [{ id: 1, groups: ['a'] }]);
    using node = new Master(master.store);
    using line = new Line(node, worker.store);
    node.collect.send({ type: 'groups.changed' });
    await inStep(master.store, worker.store);
    // Somebody else changed them on the worker.
    await assign(worker.store, [{ id: 3, groups: ['b'] }]);
    await line.worker.services.channels.get(CONNECTION).request('syn_w_g_c', {});
    await inStep(master.store, worker.store);
    assert.deepEqual(await worker.store.groupsOfAgent(3), []);
    assert.equal(line.count('syn_g_m_w_c'), 1);
    await waitFor('its log', () => node.end.log.find(/^Finished/, 'Agent-groups send full').length === 1);
  });

  it('lead to equal checksums though the master’s hashes were wrong: they are computed anew', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    await assign(master.store, [{ id: 1, groups: ['a'] }]);
    using node = new Master(master.store);
    using line = new Line(node, worker.store);
    await inStep(master.store, worker.store);
    await master.store.query("global sql update agent set group_hash='00000000' where id=1");
    await master.store.query('global delete-agent 99');
    assert.notEqual(await master.store.groupsHash(), await worker.store.groupsHash());
    await line.worker.services.channels.get(CONNECTION).request('syn_w_g_c', {});
    await inStep(master.store, worker.store);
  });

  it('go on after the collector was started anew: versions never fall', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    await assign(master.store, [{ id: 1, groups: ['a'] }]);
    using node = new Master(master.store);
    {
      using _line = new Line(node, worker.store);
      await inStep(master.store, worker.store);
      await waitFor('the acknowledgement', () => node.groups.acknowledgedBy('worker1') === 1);
    }
    node.restartCollector();
    await assign(master.store, [{ id: 1, groups: ['b'] }]);
    using _line = new Line(node, worker.store);
    await inStep(master.store, worker.store);
    assert.equal(node.version, 2);
  });

  it('that keep a worker apart though it was sent all are told once, with the names of their agents', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    const list = [1, 2, 3].map((id) => ({ id, groups: ['a'] }));
    await assign(master.store, list);
    for (const id of [2, 3]) await worker.store.deleteAgent(id);
    using node = new Master(master.store, 1);
    using line = new Line(node, worker.store);
    await waitFor('more attempts', () => line.count('syn_g_m_w_c') >= 4);
    const { log } = node.end;
    const told = log.find(/its checksum still differs/, 'Agent-groups send full');
    assert.deepEqual(
      told.map(({ level, message }) => [level, message]),
      [
        [
          'warning',
          'The worker was sent all agent-groups, and its checksum still differs: 2 agents have other groups there: 2 (a2), 3 (a3). It is compared again after pauses of up to 300 seconds.',
        ],
      ],
    );
    assert.equal(log.find(/equal again/).length, 0);
    await addAgents(worker.store, 2, 2);
    await inStep(master.store, worker.store);
    await waitFor('the log', () => log.find(/is equal again/, 'Agent-groups send full').length === 1);
    node.collect.send({ type: 'groups.changed' });
    await waitFor('the mark', async () => (await unsynced(master.store)).length === 0);
  });

  it('of any number come as a whole, in several strings, which together are more than one may be', async () => {
    const many = 9_000;
    await using master = await store(true, many);
    await using worker = await store(false, many);
    await assignLong(master.store, many);
    using node = new Master(master.store);
    using line = new Line(node, worker.store);
    await waitFor(
      'equal checksums',
      async () => (await master.store.groupsHash()) === (await worker.store.groupsHash()),
      60_000,
    );
    assert.ok(line.count('new_str') > 8, `${line.count('new_str')} strings`);
    assert.equal(node.end.log.find(/^Failed/).length, 0);
    await waitFor('the room to be free', () => heldBy(line) === 0);
    assert.equal(node.end.transfers.outbox.heldBytes, 0);
  });

  it('are withdrawn from a worker to which only some of their strings could be sent', async () => {
    const several = 1_500;
    await using master = await store(true, several);
    await using worker = await store(false, several);
    await assignLong(master.store, several);
    using node = new Master(master.store);
    using line = new Line(node, worker.store);
    line.refuses = (command) => command === 'new_str' && line.count('new_str') % 2 === 0;
    await waitFor('the failure', () => node.end.log.find(/^Failed .*Error 3110/).length > 0);
    await waitFor('the withdrawal', () => line.count('cancel_task') > 0);
    await waitFor('the room to be free', () => heldBy(line) === 0);
    assert.equal(node.end.transfers.outbox.heldBytes, 0);
  });

  it('stay unsynced when the worker cannot take them', async () => {
    await using master = await store(true);
    await using worker = await store(false);
    await assign(master.store, [{ id: 1, groups: ['a'] }]);
    await worker.store.deleteAgent(1);
    using node = new Master(master.store);
    using _line = new Line(node, worker.store);
    node.collect.send({ type: 'groups.changed' });
    const reports = () => node.end.log.find(/The worker could not write all/).length;
    // Of what changed, and of everything.
    await waitFor('the reports', () => reports() === 2);
    await waitFor('the end', () => node.end.log.find(/1 workers did not take them yet/).length === 1);
    assert.deepEqual(await unsynced(master.store), [1]);
    assert.equal(node.groups.acknowledgedBy('worker1'), 0);
  });
});
