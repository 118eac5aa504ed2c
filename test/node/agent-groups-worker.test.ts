import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActor, createActor } from 'xstate';
import { GroupsChunker } from '../../src/agents/groups-chunk.ts';
import type { AgentGroups, AgentStore } from '../../src/agents/store.ts';
import { digestBytes } from '../../src/files/digest.ts';
import type { Channel } from '../../src/node/channel.ts';
import { encodeChunks } from '../../src/node/effects/agent-chunks.ts';
import { workerAgentGroups } from '../../src/node/effects/agent-groups-worker.ts';
import { MAX_HELD_STRINGS } from '../../src/node/transfers/limits.ts';
import type { CommandName } from '../../src/protocol/commands.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { addAgents, addGroups, anySubject, storeWith } from '../agents/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { CONNECTION, End, openEnd } from './agent-info-pair.ts';

const MISMATCH_LIMIT = 3;
const SETTLE_MS = 50;

interface Heard {
  readonly command: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a request carries differs by command
  readonly args: any;
}

/** A worker with a store, and a master that says what a test wants. */
class Following implements Disposable {
  readonly worker = new End();
  /** Requests of the worker, in order; all of them are answered. */
  readonly heard: Heard[] = [];
  readonly follow: AnyActor;
  readonly #master: Channel;
  readonly #actors: AnyActor[];

  constructor(store: AgentStore, storeTimeoutMs = 10_000) {
    const { services, transfers } = this.worker;
    services.store.set(store);
    const input = {
      connectionId: CONNECTION,
      storeTimeoutMs,
      settleMs: SETTLE_MS,
      mismatchLimit: MISMATCH_LIMIT,
    };
    const follow = createActor(workerAgentGroups(services, transfers), { input }).start();
    const incoming = this.worker.incoming();
    this.follow = follow;
    this.#actors = [follow, incoming];
    const [client, server] = memoryPair();
    openEnd(this.worker, client, {
      onRequest: (counter, command, args) => {
        const event = { type: `rx.${command}`, counter, ...(args as object) };
        if (command.startsWith('syn_g_')) follow.send(event as never);
        else incoming.getSnapshot().children.transfers.send(event);
      },
      onClose: () => {},
    });
    this.#master = openEnd(new End(), server, {
      onRequest: (counter, command, args) => {
        this.heard.push({ command, args });
        this.#master.reply<'syn_w_g_c'>(counter, {});
      },
      onClose: () => {},
    });
  }

  /** Sends agents with their groups; resolves to the report of the worker. */
  send(agents: Iterable<AgentGroups>, hash: string | null, command: 'syn_g_m_w' | 'syn_g_m_w_c') {
    return this.sendChunks(groupsChunks(agents, hash), command);
  }

  async sendChunks(chunks: readonly string[], command: 'syn_g_m_w' | 'syn_g_m_w_c'): Promise<Heard> {
    return await this.use(await this.bring(chunks), command);
  }

  /** Brings a string to the worker; resolves to its handle. */
  async bring(chunks: readonly string[]): Promise<number> {
    const bytes = await encodeChunks({ set_data_command: 'global set-agent-groups', payload: {}, chunks });
    const digest = await digestBytes(bytes);
    const { handle } = await this.#master.request('new_str', { size: bytes.length, digest });
    await this.#master.sendBulk('str_upd', handle, 0, bytes);
    return handle;
  }

  /** Names strings that the worker should have, and does not wait for what becomes of them. */
  order(handles: number | readonly number[], command: 'syn_g_m_w' | 'syn_g_m_w_c') {
    return this.#master.request(command, { handles: [handles].flat() });
  }

  /** Names strings that the worker should have. */
  async use(handles: number | readonly number[], command: 'syn_g_m_w' | 'syn_g_m_w_c'): Promise<Heard> {
    const before = this.heard.length;
    await this.order(handles, command);
    const prefix = command === 'syn_g_m_w' ? 'syn_w_g_e' : 'syn_wgc_e';
    return await waitFor('the report of the worker', () =>
      this.heard.slice(before).find((heard) => heard.command.startsWith(prefix)),
    );
  }

  count(command: CommandName): number {
    return this.heard.filter((heard) => heard.command === command).length;
  }

  [Symbol.dispose](): void {
    this.#master.destroy(null);
    for (const actor of this.#actors) actor.stop();
  }
}

function groupsChunks(agents: Iterable<AgentGroups>, hash: string | null): string[] {
  const chunker = new GroupsChunker();
  const full = [...agents].flatMap((agent) => chunker.add(agent) ?? []);
  return [...full, chunker.end(hash)];
}

/** A worker's store with these agents, and groups a and b. */
async function knowing(agents: number) {
  const subject = await anySubject({ isMaster: false });
  await addAgents(subject.store, agents);
  await addGroups(subject.store, 'default', 'a', 'b');
  return subject;
}

/** Whether a worker rests in this state. */
const isIn = (follow: AnyActor, state: string) => follow.getSnapshot().matches({ resting: state });

/** The checksum of a master whose agents have these groups. */
async function masterHash(agents: readonly AgentGroups[]): Promise<string | null> {
  await using master = await anySubject();
  await addAgents(master.store, Math.max(...agents.map(({ id }) => id)));
  await addGroups(master.store, 'default', 'a', 'b');
  await master.store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents });
  return await master.store.groupsHash();
}

describe('a worker that follows the agent-groups of its master', () => {
  it('writes what changed, and finds the checksums equal', async () => {
    await using subject = await knowing(3);
    using following = new Following(subject.store);
    const agents = [
      { id: 1, groups: ['a'] },
      { id: 3, groups: ['b', 'a'] },
    ];
    const { args } = await following.send(agents, await masterHash(agents), 'syn_g_m_w');
    assert.deepEqual([args.updated_chunks, args.error_messages], [1, []]);
    assert.deepEqual(await subject.store.groupsOfAgent(3), ['b', 'a']);
    const { log } = following.worker;
    assert.equal(log.find(/^The checksum is that of the master/, 'Agent-groups recv').length, 1);
    assert.equal(log.find(/^Finished in \d+\.\d{3}s \(1 chunks received\)\.$/).length, 1);
    assert.deepEqual((await subject.store.groupsToSend({ agents: 'unsynced' })).agents, []);
  });

  it('takes thousands of agents in chunks that each fit a request', async () => {
    const many = 3_000;
    await using subject = await knowing(many);
    using following = new Following(subject.store);
    const agents = Array.from({ length: many }, (_, index) => ({ id: index + 1, groups: ['default', 'a'] }));
    const { args } = await following.send(agents, await masterHash(agents), 'syn_g_m_w');
    assert.ok(args.updated_chunks > 1, `${args.updated_chunks} chunks`);
    assert.equal(following.worker.log.find(/^The checksum is that of the master/).length, 1);
  });

  it('asks for all groups after as many mismatches in a row as its limit says, once', async () => {
    await using subject = await knowing(1);
    using following = new Following(subject.store);
    const agents = [{ id: 1, groups: ['a'] }];
    const hash = await masterHash(agents);
    const differ = (times: number) =>
      Array.from({ length: times }).reduce<Promise<unknown>>(
        (last) => last.then(() => following.send(agents, 'f'.repeat(40), 'syn_g_m_w')),
        Promise.resolve(),
      );
    await differ(MISMATCH_LIMIT - 1);
    await following.send(agents, hash, 'syn_g_m_w');
    await differ(MISMATCH_LIMIT - 1);
    assert.equal(following.count('syn_w_g_c'), 0, 'a match begins the count anew');
    await differ(1);
    await waitFor('the question', () => following.count('syn_w_g_c') === 1);
    await waitFor('its log', () => following.worker.log.find(/^Asked the master/).length === 1);
    await differ(1);
    assert.equal(following.count('syn_w_g_c'), 1);
  });

  it('that was in step asks for all groups when its own store strays, and not before that has settled', async () => {
    await using subject = await knowing(2);
    const { store } = subject;
    using following = new Following(store);
    const { follow, worker } = following;
    store.onGroupsChanged(() => follow.send({ type: 'groups.changed' }));
    const agents = [1, 2].map((id) => ({ id, groups: ['a'] }));
    await following.send(agents, await masterHash(agents), 'syn_g_m_w');
    await waitFor('the look after its own writing', () => isIn(follow, 'inStep'));
    assert.equal(following.count('syn_w_g_c'), 0);
    await store.setAgentGroups({
      mode: 'override',
      syncStatus: 'synced',
      agents: [{ id: 2, groups: ['b'] }],
    });
    await waitFor('the question', () => following.count('syn_w_g_c') === 1);
    await waitFor('its end', () => isIn(follow, 'differing'));
    assert.equal(worker.log.find(/are no longer those that the master sent/).length, 1);
    await following.send(agents, await masterHash(agents), 'syn_g_m_w_c');
    assert.deepEqual(await store.groupsOfAgent(2), ['a']);
    await waitFor('the look after that', () => isIn(follow, 'inStep'));
    assert.equal(following.count('syn_w_g_c'), 1);
  });

  it('is told nothing of a change that leaves its groups as they were', async () => {
    await using subject = await knowing(2);
    using following = new Following(subject.store);
    const agents = [{ id: 1, groups: ['a'] }];
    await following.send(agents, await masterHash(agents), 'syn_g_m_w');
    await waitFor('the first look', () => isIn(following.follow, 'inStep'));
    await subject.store.deleteAgent(2);
    following.follow.send({ type: 'groups.changed' });
    assert.ok(isIn(following.follow, 'settling'));
    await waitFor('the next look', () => isIn(following.follow, 'inStep'));
    assert.equal(following.count('syn_w_g_c'), 0);
  });

  it('overwrites what it has: agents that are not named lose their groups', async () => {
    await using subject = await knowing(3);
    const { store } = subject;
    const old = [1, 2, 3].map((id) => ({ id, groups: ['b'] }));
    await store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents: old });
    using following = new Following(store);
    const agents = [{ id: 2, groups: ['a'] }];
    await following.send(agents, await masterHash(agents), 'syn_g_m_w_c');
    assert.deepEqual(await Promise.all([1, 2, 3].map((id) => store.groupsOfAgent(id))), [[], ['a'], []]);
    const { log } = following.worker;
    assert.equal(log.find(/^The checksum is that of the master/, 'Agent-groups recv full').length, 1);
  });

  it('makes groups that it does not know, and that agents can have: which there are says the master', async () => {
    await using subject = await knowing(2);
    const { store } = subject;
    using following = new Following(store);
    const agents = [
      { id: 1, groups: ['new', 'a'] },
      { id: 2, groups: ['no group'] },
    ];
    const { args } = await following.send(agents, null, 'syn_g_m_w');
    assert.deepEqual(await store.groupsOfAgent(1), ['new', 'a']);
    assert.deepEqual((await store.groups()).sort(), ['a', 'b', 'default', 'new']);
    assert.deepEqual(args.error_messages, ['chunk 1: agent 2: "no group" is no name of a group']);
  });

  it('takes no groups away if it could not read all of what came', async () => {
    await using subject = await knowing(2);
    const { store } = subject;
    const old = [1, 2].map((id) => ({ id, groups: ['b'] }));
    await store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents: old });
    using following = new Following(store);
    const chunks = ['[{"data":[{"id":1,"groups":["a"]},{"id":"2"}]}]'];
    const { args } = await following.sendChunks(chunks, 'syn_g_m_w_c');
    assert.deepEqual(args.error_messages, ['chunk 1: element 1 is no agent with groups']);
    assert.deepEqual(await store.groupsOfAgent(1), ['a']);
    assert.deepEqual(await store.groupsOfAgent(2), ['b']);
  });

  it('writes the others where one agent or one chunk is wrong, and says so', async () => {
    await using subject = await knowing(2);
    using following = new Following(subject.store);
    const tooMany = JSON.stringify(Array.from({ length: 129 }, (_, index) => `g${index}`));
    const chunks = [
      'x',
      '{}',
      '[{"data":7}]',
      `[{"data":["${'y'.repeat(65_024)}"]}]`,
      `[{"data":[{"id":1,"groups":${tooMany}}]}]`,
      '[{"data":[{"id":99,"groups":["a"]}]}]',
      '[{"data":[{"id":2,"groups":["a"]}],"hash":null}]',
    ];
    const { args } = await following.sendChunks(chunks, 'syn_g_m_w');
    assert.equal(args.updated_chunks, 1);
    assert.equal(args.error_messages.length, 6);
    assert.deepEqual(await subject.store.groupsOfAgent(2), ['a']);
  });

  it('drops the strings of what it refuses: they do not fill the room of the connection', async () => {
    await using subject = await knowing(1);
    const written = Promise.withResolvers<never>();
    written.promise.catch(() => {}); // the store may not have got so far
    using following = new Following(storeWith(subject.store, { writeAgentGroups: () => written.promise }));
    const { strings } = following.worker.transfers;
    const chunks = groupsChunks([{ id: 1, groups: ['a'] }], null);
    await following.order(await following.bring(chunks), 'syn_g_m_w');
    for (let sent = 0; sent <= MAX_HELD_STRINGS; sent += 1) {
      const handle = await following.bring(chunks);
      await assert.rejects(following.order(handle, sent % 2 === 0 ? 'syn_g_m_w' : 'syn_g_m_w_c'), {
        code: 3110,
      });
      assert.equal(strings.heldBytes(CONNECTION), 0);
    }
    written.reject(new Error('the end of the test'));
  });

  for (const [what, hanging] of [
    ['reads its checksum', 'groupsHash'],
    ['computes its hashes anew', 'recalculateGroupHashes'],
  ] as const) {
    it(`waits no longer than its time for a store that hangs while it ${what}: that counts as different`, async () => {
      await using subject = await knowing(1);
      const never = () => new Promise<never>(() => {});
      using following = new Following(storeWith(subject.store, { [hanging]: never }), 200);
      const { command, args } = await following.send([{ id: 1, groups: ['a'] }], null, 'syn_g_m_w_c');
      assert.deepEqual([command, args.updated_chunks, args.matches], ['syn_wgc_e', 1, false]);
      assert.deepEqual(await subject.store.groupsOfAgent(1), ['a']);
      const { log } = following.worker;
      assert.equal(
        log.find(/^The comparison with the master came to no end: .*the agent store took too long/).length,
        1,
      );
    });
  }

  it('takes what comes in several strings as one', async () => {
    await using subject = await knowing(3);
    const { store } = subject;
    using following = new Following(store);
    const agents = [1, 2].map((id) => ({ id, groups: ['a'] }));
    await store.setAgentGroups({
      mode: 'override',
      syncStatus: 'synced',
      agents: [{ id: 3, groups: ['b'] }],
    });
    const hash = await masterHash(agents);
    const handles = [
      await following.bring(['[{"data":[{"id":1,"groups":["a"]}]}]', '[{"data":[]}]']),
      await following.bring([`[{"data":[{"id":2,"groups":["a"]}],"hash":"${hash}"}]`]),
    ];
    const { args } = await following.use(handles, 'syn_g_m_w_c');
    assert.deepEqual([args.updated_chunks, args.error_messages, args.matches], [3, [], true]);
    assert.deepEqual(await store.groupsOfAgent(3), []);
  });

  it('drops the other strings of a command when one of them is missing, or not what it should be', async () => {
    await using subject = await knowing(2);
    using following = new Following(subject.store);
    const { strings } = following.worker.transfers;
    const good = ['[{"data":[{"id":2,"groups":["a"]}],"hash":null}]'];
    const missing = await following.use([99, await following.bring(good)], 'syn_g_m_w_c');
    assert.deepEqual([missing.command, missing.args.error.code], ['syn_wgc_err', 3035]);
    assert.equal(strings.heldBytes(CONNECTION), 0);
    const bad = await following.bring([7 as never]);
    const refused = await following.use([bad, await following.bring(good)], 'syn_g_m_w');
    assert.deepEqual([refused.command, refused.args.error.code], ['syn_w_g_err', 3036]);
    assert.equal(strings.heldBytes(CONNECTION), 0);
    assert.deepEqual(await subject.store.groupsOfAgent(2), []);
  });

  it('tells the master what failed as a whole', async () => {
    await using subject = await knowing(1);
    using following = new Following(subject.store);
    const missing = await following.use(99, 'syn_g_m_w');
    assert.deepEqual([missing.command, missing.args.error.code], ['syn_w_g_err', 3035]);
    await subject.store.close();
    const closed = await following.send([{ id: 1, groups: ['a'] }], null, 'syn_g_m_w_c');
    assert.deepEqual([closed.command, closed.args.error.code], ['syn_wgc_err', 3037]);
  });
});
