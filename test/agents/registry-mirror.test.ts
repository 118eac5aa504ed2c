import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { MAX_MIRROR_ERRORS, MAX_MIRROR_STEPS } from '../../src/agents/limits.ts';
import type { MirroredPiece } from '../../src/agents/store.ts';
import { addClientKeys, readClientKeys, removeClientKeys } from '../../src/registration/client-keys.ts';
import { LONG_AGO_S, StoreHome } from './fixture.ts';

/** A store in a home whose files can be changed. */
class Mirrored implements AsyncDisposable {
  readonly home: StoreHome;
  readonly store: EmbeddedStore;

  private constructor(home: StoreHome, store: EmbeddedStore) {
    this.home = home;
    this.store = store;
  }

  static async open(options: { isMaster?: boolean; busyTimeoutMs?: number } = {}): Promise<Mirrored> {
    const home = new StoreHome();
    return new Mirrored(
      home,
      await EmbeddedStore.open({ home: home.path, isMaster: true, isServed: false, ...options }),
    );
  }

  write(path: string, content: string): void {
    const file = join(this.home.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  makeGroups(...names: string[]): void {
    for (const name of names) mkdirSync(join(this.home.path, 'etc/shared', name), { recursive: true });
  }

  removeGroup(name: string): void {
    rmSync(join(this.home.path, 'etc/shared', name), { recursive: true });
  }

  add(...names: string[]): void {
    mkdirSync(join(this.home.path, 'etc'), { recursive: true });
    addClientKeys(
      this.home.path,
      names.map((name) => ({ name, ip: 'any' })),
    );
  }

  /** Piece by piece, to the end. */
  async pieces(): Promise<MirroredPiece[]> {
    const pieces: MirroredPiece[] = [];
    do pieces.push(await this.store.mirrorRegistry());
    while (!pieces.at(-1)?.isLast);
    return pieces;
  }

  /** What was done altogether: inserted, updated and deleted agents, inserted and deleted groups. */
  async mirror(): Promise<number[]> {
    const sum = [0, 0, 0, 0, 0];
    for (const { agents, groups } of await this.pieces()) {
      const counts = [agents.inserted, agents.updated, agents.deleted, groups.inserted, groups.deleted];
      for (const [index, count] of counts.entries()) sum[index] = (sum[index] ?? 0) + count;
    }
    return sum;
  }

  async setGroups(id: number, ...groups: string[]): Promise<void> {
    const order = { mode: 'override', syncStatus: 'synced', agents: [{ id, groups }] } as const;
    assert.deepEqual((await this.store.setAgentGroups(order)).errors, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    this.home[Symbol.dispose]();
  }
}

const NOTHING = [0, 0, 0, 0, 0];
const key = 'a'.repeat(64);

describe('the mirror of the registry', { concurrency: true }, () => {
  it('keeps a group without a directory on a worker while agents are in it, and on a master not', async () => {
    for (const isMaster of [false, true]) {
      await using mirrored = await Mirrored.open({ isMaster });
      const { store } = mirrored;
      mirrored.add('a1');
      mirrored.makeGroups('web', 'db');
      await mirrored.mirror();
      await store.insertGroup('empty');
      await mirrored.setGroups(1, 'db', 'empty');
      mirrored.removeGroup('db');
      assert.deepEqual(await mirrored.mirror(), [0, 0, 0, 0, isMaster ? 2 : 0]);
      assert.deepEqual(await store.groupsOfAgent(1), isMaster ? ['default'] : ['db', 'empty']);
      assert.deepEqual(await mirrored.mirror(), NOTHING);
      await mirrored.setGroups(1, 'web');
      assert.deepEqual(await mirrored.mirror(), [0, 0, 0, 0, isMaster ? 0 : 2]);
      assert.deepEqual((await store.groups()).sort(), ['default', 'web']);
    }
  });

  it('inserts what is missing: agents without groups, groups by their directories', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    mirrored.write('etc/client.keys', `001 a1 10.0.0.5 ${key}\n002 !gone any ${key}\n`);
    mirrored.makeGroups('web', 'db', 'no group');
    mirrored.write('etc/shared/ar.conf', 'a file, and no group');
    const [piece] = await mirrored.pieces();
    assert.deepEqual(piece, {
      agents: { inserted: 1, updated: 0, deleted: 0 },
      groups: { inserted: 3, deleted: 0 },
      errors: ['etc/shared/no group: no group can have this name'],
      isLast: true,
    });
    assert.deepEqual((await store.groups()).sort(), ['db', 'default', 'web']);
    const agent = await store.agentInfo(1);
    assert.ok(Math.abs(Number(agent?.date_add) - Date.now() / 1000) < 60);
    assert.deepEqual(
      { ...agent, date_add: 0 },
      {
        id: 1,
        name: 'a1',
        register_ip: '10.0.0.5',
        internal_key: key,
        node_name: 'unknown',
        date_add: 0,
        group_sync_status: 'synced',
        sync_status: 'synced',
        connection_status: 'never_connected',
        disconnection_time: 0,
        group_config_status: 'not synced',
        status_code: 0,
      },
    );
    assert.deepEqual(await store.allAgents(-1), [0, 1]);
  });

  it('does nothing where nothing changed, and little where little did', async () => {
    await using mirrored = await Mirrored.open();
    mirrored.makeGroups('web');
    mirrored.add('a1', 'a2');
    assert.deepEqual(await mirrored.mirror(), [2, 0, 0, 2, 0]);
    assert.deepEqual(await mirrored.mirror(), NOTHING);
    mirrored.add('a3');
    assert.deepEqual(await mirrored.mirror(), [1, 0, 0, 0, 0]);
    mirrored.makeGroups('db');
    assert.deepEqual(await mirrored.mirror(), [0, 0, 0, 1, 0]);
    assert.deepEqual(await mirrored.mirror(), NOTHING);
  });

  it('knows from an existing installation when agents were registered', async () => {
    await using mirrored = await Mirrored.open();
    mirrored.add('a1', 'a2', 'a3');
    mirrored.write(
      'queue/agents-timestamp',
      '001 a1 any 2024-01-31 12:30:59\n002 a2 any sometime\ngarbage\n',
    );
    await mirrored.mirror();
    const dateOf = async (id: number) => Number((await mirrored.store.agentInfo(id))?.date_add);
    assert.equal(await dateOf(1), new Date(2024, 0, 31, 12, 30, 59).getTime() / 1000);
    for (const id of [2, 3]) assert.ok((await dateOf(id)) > LONG_AGO_S);
  });

  it('updates what changed, and deletes who is gone with all that belongs to them', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    mirrored.write(
      'etc/client.keys',
      ['a1', 'a2', 'a3', 'a4'].map((name, i) => `00${i + 1} ${name} any ${key}\n`).join(''),
    );
    await mirrored.mirror();
    await mirrored.setGroups(3, 'default');
    const hash = await store.groupsHash();
    mirrored.write(
      'etc/client.keys',
      `001 a1 any ${key}\n002 renamed 10.0.0.0/8 other\n003 !a3 any ${key}\n`,
    );
    assert.deepEqual(await mirrored.mirror(), [0, 1, 2, 0, 0]);
    assert.deepEqual(await store.allAgents(-1), [0, 1, 2]);
    const agent = await store.agentInfo(2);
    assert.deepEqual(
      [agent?.name, agent?.register_ip, agent?.internal_key],
      ['renamed', '10.0.0.0/8', 'other'],
    );
    assert.deepEqual(await store.agentsOfGroup('default'), []);
    assert.notEqual(hash, await store.groupsHash());
  });

  it('takes no files for nothing said: nothing is deleted, and the group default is there', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    await store.insertAgent({ id: 7, name: 'a7', dateAddS: 1 });
    await store.insertGroup('web');
    assert.deepEqual(await mirrored.mirror(), [0, 0, 0, 1, 0]);
    assert.deepEqual(await store.allAgents(), [7]);
    assert.deepEqual(await store.groups(), ['web', 'default']);
    mirrored.makeGroups('db');
    mirrored.write('etc/client.keys', '');
    assert.deepEqual(await mirrored.mirror(), [0, 0, 1, 1, 1]);
    rmSync(join(mirrored.home.path, 'etc'), { recursive: true });
    assert.deepEqual(await mirrored.mirror(), NOTHING);
    assert.deepEqual(await store.groups(), ['default', 'db']);
  });

  it('names lines that cannot be read, and leaves their agents as they are', async () => {
    await using mirrored = await Mirrored.open();
    mirrored.add('a1', 'a2');
    await mirrored.mirror();
    const lines = Array.from({ length: MAX_MIRROR_ERRORS + 20 }, () => 'garbage\n').join('');
    mirrored.write('etc/client.keys', `001 a1 broken ${key}\n${lines}`);
    const [piece] = await mirrored.pieces();
    assert.deepEqual(piece?.agents, { inserted: 0, updated: 0, deleted: 1 });
    assert.equal(piece?.errors.length, MAX_MIRROR_ERRORS + 1);
    assert.match(piece?.errors[0] ?? '', /etc\/client\.keys, line 1: its address is none$/);
    assert.equal(piece?.errors.at(-1), 'and 21 more');
    assert.deepEqual(await mirrored.store.allAgents(), [1]);
  });

  it('deletes groups with their directories; on a master their agents are to be told to all', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    mirrored.makeGroups('web', 'db', 'default');
    mirrored.add('a1', 'a2', 'a3');
    await mirrored.mirror();
    await mirrored.setGroups(1, 'web');
    await mirrored.setGroups(2, 'web', 'db');
    await mirrored.setGroups(3, 'db');
    mirrored.removeGroup('web');
    mirrored.removeGroup('default');
    assert.deepEqual(await mirrored.mirror(), [0, 0, 0, 0, 1]);
    const rows = await Promise.all([1, 2, 3].map((id) => store.agentInfo(id)));
    assert.deepEqual(
      rows.map((row) => [row?.group, row?.group_sync_status]),
      [
        ['default', 'syncreq'],
        ['db', 'syncreq'],
        ['db', 'synced'],
      ],
    );
    assert.equal(rows[0]?.group_hash, '37a8eec1');
    assert.deepEqual((await store.groups()).sort(), ['db', 'default']);
  });

  it('works in pieces, so that nobody who uses the store waits for the end of thousands', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    const count = MAX_MIRROR_STEPS * 3;
    mirrored.makeGroups('web');
    mirrored.add(...Array.from({ length: count }, (_, index) => `agent-${index}`));
    const inserted = await mirrored.pieces();
    assert.ok(inserted.length > 3);
    assert.ok(inserted.every(({ agents }) => agents.inserted <= MAX_MIRROR_STEPS));
    assert.equal((await store.allAgents()).length, count);
    const agents = Array.from({ length: count }, (_, index) => ({ id: index + 1, groups: ['web'] }));
    await store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents });
    mirrored.removeGroup('web');
    const first = await store.mirrorRegistry();
    assert.deepEqual([first.isLast, first.groups.deleted], [false, 0]);
    // Others see each piece.
    assert.equal((await store.agentsOfGroup('default')).length, MAX_MIRROR_STEPS);
    assert.deepEqual(await mirrored.mirror(), [0, 0, 0, 0, 1]);
    assert.equal((await store.agentsOfGroup('default')).length, count);
    mirrored.write('etc/client.keys', '');
    const deleted = await mirrored.pieces();
    assert.ok(deleted.length > 3);
    assert.deepEqual(await store.allAgents(), []);
  });

  it('does not take agents for gone that are registered while it works', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    mirrored.add(...Array.from({ length: MAX_MIRROR_STEPS * 2 }, (_, index) => `agent-${index}`));
    let added = 0;
    for (let isLast = false; !isLast; ) {
      ({ isLast } = await store.mirrorRegistry());
      if (added === 12) continue;
      const [agent] = addClientKeys(mirrored.home.path, [{ name: `late-${added}`, ip: 'any' }]);
      assert.ok(agent);
      await store.insertAgent({ id: agent.id, name: agent.name, dateAddS: 1 });
      await mirrored.setGroups(agent.id, 'default');
      added += 1;
      isLast = false;
    }
    assert.equal((await store.agentsOfGroup('default')).length, 12);
    assert.deepEqual(await mirrored.mirror(), NOTHING);
  });

  it('sees that others changed the tables, although the files are as they were', async () => {
    await using mirrored = await Mirrored.open();
    const { store } = mirrored;
    mirrored.makeGroups('web');
    mirrored.add('a1', 'a2');
    await mirrored.mirror();
    await store.deleteAgent(1);
    await store.insertAgent({ id: 9, name: 'a9', dateAddS: 1 });
    assert.deepEqual(await mirrored.mirror(), [1, 0, 1, 0, 0]);
    await store.query('global sql delete from agent where id = 2');
    await store.insertGroup('db');
    await store.deleteGroup('web');
    assert.deepEqual(await mirrored.mirror(), [1, 0, 0, 1, 1]);
    assert.deepEqual(await store.allAgents(), [1, 2]);
  });

  it('begins anew after a failure, which is told', async () => {
    await using mirrored = await Mirrored.open({ busyTimeoutMs: 50 });
    mirrored.add('a1');
    await mirrored.mirror();
    mirrored.add('a2');
    const other = new DatabaseSync(mirrored.home.database);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(mirrored.store.mirrorRegistry(), { code: 3204 });
    other.exec('ROLLBACK');
    other.close();
    assert.deepEqual(await mirrored.mirror(), [1, 0, 0, 0, 0]);
    mirrored.write('etc/shared', 'a file where a directory is needed');
    await assert.rejects(mirrored.store.mirrorRegistry(), { code: 3119 });
    rmSync(join(mirrored.home.path, 'etc/shared'));
    assert.deepEqual(await mirrored.mirror(), NOTHING);
  });

  it('makes the tables what the files are, whatever happens to them', async () => {
    await using mirrored = await Mirrored.open();
    const { store, home } = mirrored;
    mirrored.add('first');
    mirrored.makeGroups('default');
    const names = ['g1', 'g2', 'g3'];
    let made = 0;
    const group = fc.constantFrom(...names);
    const edit = fc.oneof(
      fc.constant(() => {
        made += 1;
        mirrored.add(`agent-${made}`);
      }),
      fc.nat(30).map((id) => () => void removeClientKeys(home.path, [id])),
      group.map((name) => () => mirrored.makeGroups(name)),
      group.map(
        (name) => () => rmSync(join(home.path, 'etc/shared', name), { recursive: true, force: true }),
      ),
      fc.nat(30).map((id) => () => store.deleteAgent(id)),
      fc.nat(30).map((id) => () => store.query(`global insert-agent {"id":${id},"name":"x","date_add":1}`)),
      group.map((name) => () => store.deleteGroup(name)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 8 }), async (edits) => {
        for (const change of edits) await change();
        await mirrored.mirror();
        const wanted = readClientKeys(home.path)?.agents ?? [];
        assert.deepEqual(
          await store.allAgents(),
          wanted.map(({ id }) => id).sort((a, b) => a - b),
        );
        for (const agent of wanted) assert.equal(await store.agentName(agent.id), agent.name);
      }),
      { numRuns: 60 },
    );
  });
});
