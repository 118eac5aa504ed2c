import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createBackup, restoreBackup } from '../../src/agents/embedded/backup.ts';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { addAgents, addGroups, infoOf, LONG_AGO_S, report, StoreHome } from './fixture.ts';

const open = (home: StoreHome, more: { busyTimeoutMs?: number } = {}) =>
  EmbeddedStore.open({ home: home.path, isMaster: true, isServed: false, ...more });

/** A home with a store that has been used and closed. */
async function usedHome(): Promise<StoreHome> {
  const home = new StoreHome();
  const store = await open(home);
  await addAgents(store, 200);
  await addGroups(store, 'default');
  await store.close();
  return home;
}

/** Opening fails with this code, and the file is what it was. */
async function refuses(home: StoreHome, code: number): Promise<void> {
  const before = readFileSync(home.database);
  await assert.rejects(open(home, { busyTimeoutMs: 50 }), { code });
  assert.deepEqual(readFileSync(home.database), before);
}

const script = fileURLToPath(new URL('store-process.ts', import.meta.url));
const startProcess = (what: string, home: StoreHome) =>
  spawn(process.execPath, [script, what, home.path], { stdio: ['ignore', 'pipe', 'inherit'] });

/** What a process of its own writes until it ends. */
async function outputOf(what: string, home: StoreHome): Promise<string> {
  const child = startProcess(what, home);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

describe('a database that', { concurrency: true }, () => {
  it('is corrupt is refused and left as it is', async () => {
    using home = await usedHome();
    const bytes = readFileSync(home.database);
    for (const spoil of [
      () =>
        writeFileSync(
          home.database,
          'this is no database, but it is long enough for a header of SQLite'.repeat(99),
        ),
      () => writeFileSync(home.database, Buffer.from(bytes).fill(0x5a, 4_096, 12_288)),
      () => truncateSync(home.database, bytes.length - 4_096),
      () => writeFileSync(home.database, Buffer.from(bytes).fill(0xff, 20, 90)),
    ]) {
      writeFileSync(home.database, bytes);
      spoil();
      await refuses(home, 3202);
    }
  });

  it('is of a newer version is refused and left as it is', async () => {
    using home = await usedHome();
    const database = new DatabaseSync(home.database);
    database.exec("UPDATE metadata SET value = '7' WHERE key = 'db_version'; PRAGMA journal_mode = DELETE");
    database.close();
    await refuses(home, 3205);
  });

  it('belongs to another program is refused and left as it is', async () => {
    using home = new StoreHome();
    const database = new DatabaseSync(home.database);
    database.exec('CREATE TABLE songs (title TEXT)');
    database.close();
    await refuses(home, 3206);
  });

  it('is a directory is refused', async () => {
    using home = new StoreHome();
    mkdirSync(home.database);
    await assert.rejects(open(home), { code: 3206 });
  });

  it('is locked is refused', async () => {
    using home = await usedHome();
    const other = new DatabaseSync(home.database);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(open(home, { busyTimeoutMs: 50 }), { code: 3204 });
    other.exec('ROLLBACK');
    other.close();
    await (await open(home)).close();
  });

  it('is locked later answers err, and goes on afterwards', async () => {
    using home = await usedHome();
    const store = await open(home, { busyTimeoutMs: 50 });
    const other = new DatabaseSync(home.database);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.insertGroup('web'), { code: 2003 });
    await assert.rejects(store.writeAgentInfo(JSON.stringify([infoOf(1)])), { code: 3204 });
    assert.deepEqual(await store.groups(), ['default']);
    other.exec('ROLLBACK');
    other.close();
    await store.insertGroup('web');
    await store.close();
  });

  it('is read-only is refused', async () => {
    using home = await usedHome();
    for (const directory of ['', '/queue', '/queue/db']) chmodSync(`${home.path}${directory}`, 0o777);
    chmodSync(home.database, 0o444);
    // Root may write everything, so it has to be somebody else.
    if (process.getuid?.() === 0) assert.match(await outputOf('openAsNobody', home), /^(3203|no sources)$/m);
    else await refuses(home, 3203);
  });

  it('lies in a directory that is read-only is refused', async () => {
    using home = await usedHome();
    for (const directory of ['', '/queue']) chmodSync(`${home.path}${directory}`, 0o755);
    chmodSync(home.database, 0o666);
    chmodSync(`${home.path}/queue/db`, 0o555);
    if (process.getuid?.() === 0) assert.match(await outputOf('openAsNobody', home), /^(3203|no sources)$/m);
    else await refuses(home, 3203);
  });
});

describe('the embedded database', { concurrency: true }, () => {
  it('has the tables of the original, in their version', async () => {
    using home = await usedHome();
    const database = new DatabaseSync(home.database);
    const columnsOf = (table: string) =>
      database
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(table)
        .map(({ name }) => name)
        .join(' ');
    assert.equal(
      columnsOf('agent'),
      'id name ip register_ip internal_key os_name os_version os_major os_minor os_codename os_build os_platform os_uname os_arch version config_sum merged_sum manager_host node_name date_add last_keepalive group group_hash group_sync_status sync_status connection_status disconnection_time group_config_status status_code',
    );
    assert.equal(columnsOf('labels'), 'id key value');
    assert.equal(columnsOf('belongs'), 'id_agent id_group priority');
    assert.equal(columnsOf('group'), 'id name');
    assert.equal(columnsOf('info'), 'key value');
    const { value } = database.prepare("SELECT value FROM metadata WHERE key = 'db_version'").get() ?? {};
    assert.equal(value, '6');
    const first = database.prepare('SELECT * FROM agent WHERE id = 0').get() ?? {};
    assert.equal(first.last_keepalive, 253_402_300_799);
    assert.equal(first.connection_status, 'active');
    assert.equal(first.group, null);
    assert.equal(database.prepare('PRAGMA journal_mode').get()?.journal_mode, 'wal');
    database.close();
  });

  it('keeps what was answered when its process is killed', async () => {
    using home = new StoreHome();
    const child = startProcess('insert', home);
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.length > 2_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const lines = text.split('\n');
    const answered = Number(lines.at(-2));
    assert.ok(answered > 100);
    const store = await open(home);
    const ids = await store.allAgents();
    assert.ok(ids.length >= answered);
    await store.close();
  });

  for (const [version, definition] of [
    [
      0,
      `CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL, ip TEXT, date_add INTEGER NOT NULL, last_keepalive INTEGER, status TEXT);
       CREATE TABLE info (key TEXT PRIMARY KEY, value TEXT);
       CREATE TABLE \`group\` (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
       CREATE TABLE belongs (id_agent INTEGER, id_group INTEGER, PRIMARY KEY (id_agent, id_group));`,
    ],
    [
      5,
      `CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL, ip TEXT, date_add INTEGER NOT NULL, last_keepalive INTEGER, \`group\` TEXT DEFAULT 'default', group_hash TEXT, sync_status TEXT NOT NULL DEFAULT 'synced');
       CREATE INDEX agent_name ON agent (name);
       CREATE TABLE labels (id INTEGER, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id, key));
       CREATE TABLE \`group\` (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
       CREATE TABLE belongs (id_agent INTEGER, id_group INTEGER, priority INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (id_agent, id_group));
       CREATE TABLE metadata (key TEXT PRIMARY KEY, value TEXT);
       INSERT INTO metadata VALUES ('db_version', '5');
       INSERT INTO labels VALUES (1, 'k', 'v'), (9, 'k', 'of nobody');`,
    ],
  ] as const) {
    it(`of version ${version} is brought to this one, after a copy was made`, async () => {
      using home = new StoreHome();
      const old = new DatabaseSync(home.database);
      old.exec(`${definition}
        INSERT INTO agent (id, name, ip, date_add, last_keepalive) VALUES (0, 'localhost', '127.0.0.1', 1, 2), (1, 'a1', '10.0.0.1', ${LONG_AGO_S}, NULL);
        INSERT INTO \`group\` VALUES (3, 'default'), (4, 'web');
        INSERT INTO belongs (id_agent, id_group) VALUES (1, 3)${version === 0 ? ', (1, 4)' : ''}, (9, 3);`);
      old.close();
      const store = await open(home);
      assert.deepEqual(await store.allAgents(-1), [0, 1]);
      const groups = version === 0 ? 'default,web' : 'default';
      const agent = await store.agentInfo(1);
      assert.equal(agent?.group, groups);
      assert.equal(agent?.group_hash, version === 0 ? '5288d400' : '37a8eec1');
      assert.equal(agent?.connection_status, 'never_connected');
      assert.equal(agent?.ip, '10.0.0.1');
      assert.deepEqual(await store.agentsOfGroup('default'), [1]);
      assert.deepEqual(await store.labels(9), []);
      assert.equal((await store.labels(1)).length, version === 5 ? 1 : 0);
      await report(store, [1]);
      await store.deleteAgent(1);
      assert.deepEqual(await store.agentsOfGroup('default'), []);
      await store.close();
      const copies = readdirSync(`${home.path}/queue/db`).filter((name) => name.includes('.version-'));
      assert.equal(copies.length, 1);
      await (await open(home)).close();
    });
  }

  it('is restored although another program has it open, whose write-ahead log would undo a file in its place', () => {
    using home = new StoreHome();
    const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
    const add = (name: string, count: number) => {
      for (let i = 0; i < count; i += 1)
        database.run('INSERT INTO agent (name, date_add) VALUES (?, 0)', `${name}${i}`);
    };
    add('before', 50);
    createBackup(database);
    add('after', 500);
    const other = new DatabaseSync(home.database);
    const count = () => other.prepare('SELECT count(*) n FROM agent').get()?.n;
    assert.equal(count(), 551);
    const { storeId } = database;
    restoreBackup(database, { snapshot: null, savePresent: false });
    assert.equal(database.get('SELECT count(*) n FROM agent')?.n, 51);
    assert.notEqual(database.storeId, storeId, 'they are another set of rows');
    assert.match(database.storeId, /^[0-9a-f]{32}$/);
    assert.equal(count(), 51);
    other.close();
    database.close();
    const left = readdirSync(dirname(home.database)).filter((name) => name.includes('restore'));
    assert.deepEqual(left, [], 'nothing of the copy is left');
  });

  it('has an id of its own, which stays when it is opened again', async () => {
    using home = new StoreHome();
    using other = new StoreHome();
    const idOf = async (one: StoreHome) => {
      const store = await open(one);
      await store.close();
      return store.storeId;
    };
    const id = await idOf(home);
    assert.match(id ?? '', /^[0-9a-f]{32}$/);
    assert.equal(await idOf(home), id);
    assert.notEqual(await idOf(other), id);
  });

  it('is not made where a link leads, since whoever may write into its folder could choose the place', () => {
    using home = new StoreHome();
    const elsewhere = join(home.path, 'elsewhere');
    mkdirSync(dirname(home.database), { recursive: true });
    symlinkSync(elsewhere, home.database);
    assert.throws(() => new AgentDatabase({ file: home.database, home: home.path, isMaster: true }));
    assert.equal(existsSync(elsewhere), false);
  });

  it('is backed up and restored', async () => {
    using home = await usedHome();
    const store = await open(home);
    const path = await store.backup();
    assert.match(path, /^backup\/db\/global\.db-backup-[\d:-]+\.gz$/);
    assert.equal(statSync(`${home.path}/${path}`).mode & 0o777, 0o640);
    await store.deleteAgent(1);
    await store.insertGroup('web');
    const name = path.slice('backup/db/'.length);
    assert.equal((await store.query('global backup get')).payload, JSON.stringify([name]));
    const restore = (options: object) => store.query(`global backup restore ${JSON.stringify(options)}`);
    assert.equal((await restore({ snapshot: '../../etc/passwd' })).status, 'err');
    assert.equal((await restore({ snapshot: name, save_pre_restore_state: true })).status, 'ok');
    assert.equal(await store.agentName(1), 'a1');
    assert.deepEqual(await store.groups(), ['default']);
    const saved = JSON.parse((await store.query('global backup get')).payload) as string[];
    assert.equal(saved.length, 2);
    const damaged = `${home.path}/backup/db/global.db-backup-9999.gz`;
    copyFileSync(`${home.path}/${path}`, damaged);
    truncateSync(damaged, 500);
    assert.equal((await store.query('global backup restore')).status, 'err');
    assert.equal(await store.agentName(1), 'a1');
    await store.close();
  });
});
