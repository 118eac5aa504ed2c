import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { INFO_COLUMNS } from '../../src/agents/columns.ts';
import type { AgentStore } from '../../src/agents/store.ts';
import { digestBytes } from '../../src/files/digest.ts';
import { MAX_NAMED } from '../../src/node/effects/agent-info-worker.ts';
import { featuresWith } from '../../src/node/effects/session.ts';
import { MAX_HELD_STRINGS } from '../../src/node/transfers/limits.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_BULK_DATA_BYTES, MAX_WANTED_AGENTS } from '../../src/protocol/limits.ts';
import { addAgents, anySubject, embeddedSubject, infoOf, report, storeWith } from '../agents/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { AgentInfoPair, CONNECTION, type Line } from './agent-info-pair.ts';

/** Enough for several chunks of 65,024 bytes. */
const MANY = 600;
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Both ends with a store of their own that knows these agents. */
async function stores(agents: number) {
  const worker = await anySubject({ isMaster: false });
  const master = await anySubject();
  for (const { store } of [worker, master]) await addAgents(store, agents);
  return {
    worker: worker.store,
    master: master.store,
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]();
      await master[Symbol.asyncDispose]();
    },
  };
}

/** The same, of a master that knows what is written to its store. */
async function embeddedStores(agents: number) {
  const [worker, master] = [await embeddedSubject({ isMaster: false }), await embeddedSubject()];
  for (const { store } of [worker, master]) await addAgents(store, agents);
  return {
    worker: worker.store,
    master: master.store,
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]();
      await master[Symbol.asyncDispose]();
    },
  };
}

/** Agents as their daemon reports them: long rows. */
async function change(store: AgentStore, ids: readonly number[], version: string): Promise<void> {
  const last_keepalive = Math.floor(Date.now() / 1000);
  const rows = ids.map((id) => infoOf(id, { version, os_uname: 'x'.repeat(200), last_keepalive }));
  for (let at = 0; at < rows.length; at += 50) {
    await store.writeAgentInfo(JSON.stringify(rows.slice(at, at + 50)));
  }
  await report(store, ids);
}

async function unsynced(store: AgentStore): Promise<number[]> {
  const ids: number[] = [];
  for (let afterId = 0, isLast = false; !isLast; ) {
    const page = await store.unsyncedAgentInfo(afterId);
    ids.push(...page.rows.map(({ id }) => id));
    ({ lastId: afterId, isLast } = page);
  }
  return ids;
}

/** What travels of an agent, as a store has it. */
async function infoIn(store: AgentStore, id: number) {
  const info = await store.agentInfo(id);
  return Object.fromEntries(INFO_COLUMNS.map((column) => [column, info?.[column]]));
}

async function assertEqual(one: AgentStore, other: AgentStore, ids: readonly number[]): Promise<void> {
  for (const id of ids) assert.deepEqual(await infoIn(one, id), await infoIn(other, id));
}

async function sendString(line: Line, content: string): Promise<number> {
  const bytes = Buffer.from(content);
  const digest = await digestBytes(bytes);
  const { handle } = await line.channel.request('new_str', { size: bytes.length, digest });
  for (let at = 0; at < bytes.length; at += MAX_BULK_DATA_BYTES) {
    await line.channel.sendBulk('str_upd', handle, at, bytes.subarray(at, at + MAX_BULK_DATA_BYTES));
  }
  return handle;
}

describe('agent-info between a worker and its master', () => {
  it('sends nothing while nothing changed', async () => {
    await using both = await stores(3);
    using line = new AgentInfoPair(both).connect();
    assert.equal((await line.round())?.outcome, 'unchanged');
    assert.deepEqual(line.frames, []);
    assert.deepEqual(await unsynced(both.master), []);
  });

  it('brings what changed to the master, in batches, and nothing again', async () => {
    await using both = await stores(MANY);
    const ids = range(MANY);
    await change(both.worker, ids, 'v2');
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    const output = await line.round(2);
    assert.equal(output?.outcome, 'synced');
    assert.equal(output?.confirmedRows, MANY);
    assert.ok(line.frames.filter((frame) => frame === 'out syn_a_w_m').length > 1, 'several batches');
    await assertEqual(both.worker, both.master, ids);
    assert.deepEqual(await unsynced(both.worker), []);
    assert.deepEqual(await unsynced(both.master), [], 'the master has nobody to tell');
    const before = line.frames.length;
    assert.equal((await line.round())?.outcome, 'unchanged');
    assert.equal(line.frames.length, before);
    assert.equal(pair.worker.transfers.outbox.heldBytes, 0);
  });

  it('is logged on both sides as the examples of the specification are', async () => {
    await using both = await stores(2);
    await change(both.worker, [1, 2], 'v2');
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    await line.round();
    const info = ({ level }: { level: string }) => level === 'info';
    const master = pair.master.log.lines.filter(info);
    assert.ok(master.every(({ tag, subtag }) => `${tag}/${subtag}` === 'Worker worker1/Agent-info sync'));
    assert.equal(master[0]?.message, 'Starting.');
    assert.match(master[1]?.message ?? '', /^Finished in \d+\.\d{3}s \(1 chunks received\)\.$/);
    const worker = pair.worker.log.lines.filter(info);
    assert.ok(worker.every(({ tag, subtag }) => `${tag}/${subtag}` === 'Worker node/Agent-info sync'));
    assert.equal(worker[0]?.message, 'Starting.');
    assert.match(worker[1]?.message ?? '', /^Finished in \d+\.\d{3}s \(1 chunks sent\)\.$/);
  });

  it('tells keepalives alone to a master that has the rest, and the rest when it wants it', async () => {
    await using both = await embeddedStores(MANY);
    const ids = range(MANY);
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    line.channel.features = featuresWith('embedded');
    const bytesOf = async () => {
      const before = pair.worker.services.channels.get(CONNECTION).statistics.bytesOut;
      assert.equal((await line.round())?.outcome, 'synced');
      return pair.worker.services.channels.get(CONNECTION).statistics.bytesOut - before;
    };
    await change(both.worker, ids, 'v2');
    const whole = await bytesOf();
    await report(both.worker, ids);
    const alone = await bytesOf();
    assert.ok(alone < whole / 4, `${alone} of ${whole} bytes`);
    await assertEqual(both.worker, both.master, ids);
    await both.master.query("global sql update agent set version = 'v9' where id = 7");
    await report(both.worker, [7, 8]);
    await line.round();
    assert.deepEqual(
      await unsynced(both.worker),
      [7, 8],
      'others may have changed too, for all that is known',
    );
    await line.round();
    await assertEqual(both.worker, both.master, ids);
    assert.deepEqual(await unsynced(both.worker), []);
  });

  it('tells everything to a master that has another store than before, those included that are silent by now', async () => {
    await using both = await embeddedStores(3);
    const ids = range(3);
    await change(both.worker, ids, 'v2');
    const pair = new AgentInfoPair(both);
    const connect = (to: AgentStore) => {
      pair.master.services.store.set(to);
      const line = pair.connect();
      line.channel.features = featuresWith('embedded');
      line.channel.agentStoreId = to.storeId;
      return line;
    };
    {
      using line = connect(both.master);
      assert.equal((await line.round())?.confirmedRows, 3);
    }
    {
      using line = connect(both.master);
      assert.equal((await line.round())?.outcome, 'unchanged', 'the same store has it');
      assert.deepEqual(line.frames, []);
    }
    await using other = await embeddedSubject();
    await addAgents(other.store, 3);
    using line = connect(other.store);
    assert.equal((await line.round())?.confirmedRows, 3);
    await assertEqual(both.worker, other.store, ids);
    assert.equal((await line.round())?.outcome, 'unchanged');
    assert.equal(pair.worker.log.find(/another agent store than before: it is told all 3 agents/).length, 1);
  });

  it('tells all agents anew to a master that wants more of them than it names', async () => {
    const count = MAX_WANTED_AGENTS + 1;
    await using both = await embeddedStores(count + 1);
    const ids = range(count);
    using line = new AgentInfoPair(both).connect();
    line.channel.features = featuresWith('embedded');
    await report(both.worker, [...ids, count + 1]);
    await line.round();
    // It has no row of the last one, and does not want it.
    await both.master.query(`global sql delete from agent where id = ${count + 1}`);
    await report(both.worker, [...ids, count + 1]);
    assert.equal((await line.round())?.confirmedRows, 0);
    assert.equal((await unsynced(both.worker)).length, count + 1);
    assert.equal((await line.round())?.confirmedRows, count + 1);
    await assertEqual(both.worker, both.master, [1, count]);
  });

  it('names an agent that no chunk holds, once, and brings the others', async () => {
    await using both = await stores(3);
    await change(both.worker, [1, 2, 3], 'v2');
    for (const column of ['os_name', 'os_uname']) {
      await both.worker.query(`global sql update agent set ${column}='${'x'.repeat(40_000)}' where id=2`);
    }
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    assert.equal((await line.round())?.outcome, 'synced');
    assert.equal((await line.round())?.outcome, 'unchanged');
    await assertEqual(both.worker, both.master, [1, 3]);
    assert.deepEqual(
      pair.worker.log.find(/cannot be told to the master/).map(({ level, message }) => [level, message]),
      [
        [
          'error',
          'Agent 2 cannot be told to the master: what is known of it, its labels included, is too long for a request of 65536 bytes.',
        ],
      ],
    );
  });

  it('names so many agents that no chunk holds and no more, and says so', async () => {
    await using both = await stores(1);
    const tooLong = range(MAX_NAMED + 2);
    const page = { rows: [], chunk: '[]', tooLong, lastId: tooLong.length, isLast: true };
    const worker = storeWith(both.worker, { unsyncedAgentInfo: async () => page });
    const pair = new AgentInfoPair({ ...both, worker });
    using line = pair.connect();
    for (let rounds = 0; rounds < 2; rounds += 1) assert.equal((await line.round())?.outcome, 'unchanged');
    assert.equal(pair.worker.log.find(/cannot be told to the master/).length, MAX_NAMED);
    assert.equal(pair.worker.log.find(/Further agents .* are not named/).length, 1);
  });

  it('leaves an agent alone whose keepalive on the master is newer', async () => {
    await using both = await stores(2);
    const nowS = Math.floor(Date.now() / 1_000);
    await both.master.query(`global sql update agent set last_keepalive=${nowS}, version='newer' where id=1`);
    await change(both.worker, [1, 2], 'older');
    await both.worker.query('global sql update agent set last_keepalive=last_keepalive-60');
    using line = new AgentInfoPair(both).connect();
    assert.equal((await line.round())?.outcome, 'synced');
    assert.equal((await both.master.agentInfo(1))?.version, 'newer');
    assert.equal((await both.master.agentInfo(1))?.last_keepalive, nowS);
    assert.equal((await both.master.agentInfo(2))?.version, 'older');
    assert.deepEqual(await unsynced(both.worker), [], 'the master has seen both');
  });

  it('takes the newer keepalive of two workers, whoever comes first', async () => {
    await using first = await stores(1);
    await using second = await stores(1);
    await change(first.worker, [1], 'late');
    await change(second.worker, [1], 'early');
    await second.worker.query('global sql update agent set last_keepalive=last_keepalive-60 where id=1');
    for (const worker of [first.worker, second.worker]) {
      using line = new AgentInfoPair({ worker, master: first.master }).connect();
      assert.equal((await line.round())?.outcome, 'synced');
    }
    assert.equal((await first.master.agentInfo(1))?.version, 'late');
  });
});

describe('agents count as synced', () => {
  it('when the master has said so, not before', async () => {
    await using both = await stores(2);
    await change(both.worker, [1, 2], 'v2');
    const writing = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const master = storeWith(both.master, {
      writeAgentInfo: async (chunk) => {
        const written = await both.master.writeAgentInfo(chunk);
        writing.resolve();
        await gate.promise;
        return written;
      },
    });
    using line = new AgentInfoPair({ worker: both.worker, master }).connect();
    const round = line.round();
    await writing.promise;
    assert.deepEqual(await unsynced(both.worker), [1, 2]);
    gate.resolve();
    assert.equal((await round)?.outcome, 'synced');
    assert.deepEqual(await unsynced(both.worker), []);
  });

  it('unless they changed meanwhile', async () => {
    await using both = await stores(2);
    await change(both.worker, [1, 2], 'v2');
    const master = storeWith(both.master, {
      writeAgentInfo: async (chunk) => {
        await both.worker.query("global sql update agent set version='v3' where id=2");
        return await both.master.writeAgentInfo(chunk);
      },
    });
    using line = new AgentInfoPair({ worker: both.worker, master }).connect();
    assert.equal((await line.round())?.confirmedRows, 1);
    assert.deepEqual(await unsynced(both.worker), [2]);
  });

  it('not while a store is silent; that is told once for all, and no round tells it again', async () => {
    await using both = await stores(1);
    await change(both.worker, [1], 'v2');
    const away = () => Promise.reject(new MusterError(2005, 'queue/db/wdb'));
    for (const silent of ['worker', 'master'] as const) {
      const own = { worker: { unsyncedAgentInfo: away }, master: { writeAgentInfo: away } }[silent];
      const pair = new AgentInfoPair({ ...both, [silent]: storeWith(both[silent], own) });
      pair[silent].services.store.isSilent = true;
      using line = pair.connect();
      assert.equal((await line.round())?.outcome, 'failed');
      assert.deepEqual(
        pair[silent].log.find(/Failed after/).map(({ level }) => level),
        ['debug'],
      );
    }
    assert.deepEqual(await unsynced(both.worker), [1]);
  });

  it('not when the store of the master fails', async () => {
    await using both = await stores(2);
    await change(both.worker, [1, 2], 'v2');
    const master = storeWith(both.master, { writeAgentInfo: () => Promise.reject(new Error('no disk')) });
    const pair = new AgentInfoPair({ worker: both.worker, master });
    using line = pair.connect();
    const output = await line.round();
    assert.deepEqual([output?.outcome, output?.failure?.code], ['failed', 3037]);
    assert.deepEqual(await unsynced(both.worker), [1, 2]);
    assert.equal(pair.master.log.find(/Error 3037 .*no disk/).length, 1);
    assert.equal(pair.worker.log.find(/^Failed after \d+\.\d{3}s: Error 3037 .*no disk/).length, 1);
  });

  it('and a master whose store goes on failing is told of once, until it has answered or fails otherwise', async () => {
    await using both = await stores(1);
    let failure: Error | null = new Error('no disk');
    const master = storeWith(both.master, {
      writeAgentInfo: async (chunk) => {
        if (failure !== null) throw failure;
        return await both.master.writeAgentInfo(chunk);
      },
    });
    const pair = new AgentInfoPair({ worker: both.worker, master });
    using line = pair.connect();
    const levels = async (...failures: (Error | null)[]) => {
      const before = pair.worker.log.find(/^Failed after/).length;
      for (failure of failures) {
        await report(both.worker, [1]);
        await line.round();
      }
      return pair.worker.log
        .find(/^Failed after/)
        .slice(before)
        .map(({ level }) => level);
    };
    const [disk, locked] = [new Error('no disk'), new Error('locked')];
    assert.deepEqual(await levels(disk, disk, disk), ['error', 'debug', 'debug']);
    assert.deepEqual(await levels(locked, locked), ['error', 'debug']);
    assert.deepEqual(await levels(null, locked), ['error']);
  });

  it('and the result of a round that was given up is not taken for that of the next one', async () => {
    await using both = await stores(2);
    await change(both.worker, [1], 'v2');
    const late = Promise.withResolvers<void>();
    const master = storeWith(both.master, {
      writeAgentInfo: async (chunk) => {
        await late.promise;
        return await both.master.writeAgentInfo(chunk);
      },
    });
    const pair = new AgentInfoPair({ worker: both.worker, master });
    using line = pair.connect();
    assert.equal((await line.round(32, 50))?.failure?.code, 3020);
    await change(both.worker, [2], 'v2');
    assert.equal((await line.round())?.outcome, 'refused', 'the master is still at it');
    late.resolve();
    await waitFor('the late result', () => line.frames.includes('in syn_m_a_e'));
    assert.deepEqual(await unsynced(both.worker), [1, 2]);
    await waitFor('a round that goes through', async () => (await line.round())?.succeeded);
    await assertEqual(both.worker, both.master, [1, 2]);
    assert.deepEqual(await unsynced(both.worker), []);
  });

  it('but for those of the chunk in which one cannot be written', async () => {
    await using both = await stores(MANY);
    const ids = range(MANY);
    await change(both.worker, ids, 'v2');
    const refused = 7;
    const master = storeWith(both.master, {
      writeAgentInfo: async (chunk) => {
        const written = await both.master.writeAgentInfo(chunk);
        const isHere = (JSON.parse(chunk) as { id: number }[]).some(({ id }) => id === refused);
        return { ...written, errors: isHere ? [`agent ${refused}: it is not liked`] : [] };
      },
    });
    const pair = new AgentInfoPair({ worker: both.worker, master });
    using line = pair.connect();
    const output = await line.round();
    assert.deepEqual([output?.outcome, output?.failedChunks], ['incomplete', 1]);
    const left = await unsynced(both.worker);
    assert.ok(left.includes(refused) && left.length < MANY / 2, `${left.length} are left`);
    await assertEqual(both.worker, both.master, ids);
    assert.equal(
      pair.worker.log.find(/could not write 1 others: chunk 1\/1: agent 7: it is not liked/).length,
      1,
    );
  });
});

describe('a connection that is cut', () => {
  /** A round of one batch passes ten messages on the worker's side; the cut comes with each of them. */
  const MESSAGES = 10;
  /** Up to here the master cannot know of the string. */
  const BEFORE_BEGIN = 6;

  it(`at any of its ${MESSAGES} messages loses nothing`, async () => {
    await using both = await stores(5);
    const ids = range(5);
    for (let last = 1; last <= MESSAGES; last += 1) {
      const version = `v${last}`;
      await change(both.worker, ids, version);
      const pair = new AgentInfoPair(both);
      {
        using line = pair.connect((_, self) => {
          if (self.frames.length === last) self.cut();
        });
        await line.round();
        assert.equal(line.frames.length >= last, true, `message ${last} passed`);
      }
      await waitFor(
        'the ends to forget each other',
        () => pair.master.services.channels.find(7) === undefined,
      );
      const lacking = await missing(both, version);
      const waiting = await unsynced(both.worker);
      assert.deepEqual(
        lacking.filter((id) => !waiting.includes(id)),
        [],
        `after message ${last}`,
      );
      if (last <= BEFORE_BEGIN) assert.deepEqual(lacking, ids);
      assert.equal(pair.worker.transfers.outbox.heldBytes, 0, 'nothing waits to be sent');
      assert.equal(pair.master.transfers.strings.heldBytes(7), 0, 'nothing waits to be used');
      using again = pair.connect();
      await waitFor('a round that goes through', async () => (await again.round())?.succeeded);
      assert.deepEqual(await unsynced(both.worker), []);
      await assertEqual(both.worker, both.master, ids);
    }
  });

  /** Agents that the master does not have as they are. */
  async function missing({ master }: { master: AgentStore }, version: string): Promise<number[]> {
    const found: number[] = [];
    for (const id of range(5)) {
      if ((await master.agentInfo(id))?.version !== version) found.push(id);
    }
    return found;
  }
});

describe('a master that is sent', () => {
  const cases: [what: string, content: string, code: number][] = [
    ['no JSON', '{"chunks":', 3036],
    ['nothing', '', 3036],
    ['null', 'null', 3036],
    ['no chunks', '{"payload":{}}', 3036],
    ['a chunk that is no text', '{"chunks":["[]",7]}', 3036],
    ['too many chunks', JSON.stringify({ chunks: Array(1_001).fill('[]') }), 3036],
    ['too much', JSON.stringify({ chunks: [], more: 'x'.repeat(16_777_216) }), 3036],
  ];
  for (const [what, content, code] of cases) {
    it(`${what} says so, and is free again`, async () => {
      await using both = await stores(1);
      const pair = new AgentInfoPair(both);
      using line = pair.connect();
      const handle = await sendString(line, content);
      await line.channel.request('syn_a_w_m_p', {});
      await line.channel.request('syn_a_w_m', { handle });
      await waitFor('the failure', () => line.frames.includes('in syn_m_a_err'));
      assert.equal(pair.master.log.find(new RegExp(`Error ${code} `)).length, 1, pair.master.log.text());
      assert.deepEqual(await line.channel.request('syn_a_w_m_p', {}), { granted: true });
    });
  }

  it('a handle without a string says so', async () => {
    await using both = await stores(1);
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    await line.channel.request('syn_a_w_m_p', {});
    await line.channel.request('syn_a_w_m', { handle: 99 });
    await waitFor('the failure', () => line.frames.includes('in syn_m_a_err'));
    assert.equal(pair.master.log.find(/Error 3035 /).length, 1);
  });

  it('strings without permission drops them: they do not fill the room of the connection', async () => {
    await using both = await stores(1);
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    for (let sent = 0; sent <= MAX_HELD_STRINGS; sent += 1) {
      const handle = await sendString(line, '{"chunks":[]}');
      await assert.rejects(line.channel.request('syn_a_w_m', { handle }), { code: 3116 });
      assert.equal(pair.master.transfers.strings.heldBytes(CONNECTION), 0);
    }
  });

  it('agents without permission refuses them', async () => {
    await using both = await stores(1);
    using line = new AgentInfoPair(both).connect();
    const refusal = await line.channel
      .request('syn_a_w_m', { handle: 1 })
      .catch((error: MusterError) => error);
    assert.equal((refusal as MusterError).code, 3116);
  });

  it('a command of the worker’s own choice writes agent-info all the same', async () => {
    await using both = await stores(1);
    using line = new AgentInfoPair(both).connect();
    const handle = await sendString(
      line,
      JSON.stringify({
        set_data_command: 'global delete-agent 1',
        payload: {},
        chunks: [JSON.stringify([infoOf(1, { version: 'v9' })])],
      }),
    );
    await line.channel.request('syn_a_w_m_p', {});
    await line.channel.request('syn_a_w_m', { handle });
    await waitFor('the result', () => line.frames.includes('in syn_m_a_e'));
    assert.equal((await both.master.agentInfo(1))?.version, 'v9');
  });

  it('chunks of which one is too long or no list writes the others', async () => {
    await using both = await stores(1);
    const pair = new AgentInfoPair(both);
    using line = pair.connect();
    const chunks = ['x', `["${'y'.repeat(65_024)}"]`, JSON.stringify([infoOf(1, { version: 'v9' })])];
    const handle = await sendString(line, JSON.stringify({ chunks }));
    await line.channel.request('syn_a_w_m_p', {});
    await line.channel.request('syn_a_w_m', { handle });
    await waitFor('the result', () => line.frames.includes('in syn_m_a_e'));
    assert.equal((await both.master.agentInfo(1))?.version, 'v9');
    assert.equal(pair.master.log.find(/^chunk 1\/3: the chunk is not JSON/).length, 1);
    assert.equal(pair.master.log.find(/^chunk 2\/3: it has 65028 bytes; at most 65024$/).length, 1);
  });
});
