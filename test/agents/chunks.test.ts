import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ChunkBuilder } from '../../src/agents/info-chunk.ts';
import type { StoreAnswer } from '../../src/agents/store.ts';
import { addAgents, addGroups, infoOf, range, subjects, textOf } from './fixture.ts';

/** What the original keeps free of an answer, so that a chunk and a command fit a request. */
const MAX_CHUNK_BYTES = 65_024;
const idsIn = ({ payload }: StoreAnswer): number[] => JSON.parse(payload).map(({ id }: { id: number }) => id);

describe('chunks', () => {
  it('take rows by the rule of the original', () => {
    const row = fc.integer({ min: 1, max: 9_000 }).map((size) => 'ü'.repeat(size >> 1).padEnd(size, 'x'));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const chunk = new ChunkBuilder();
        let sizeBytes = 2;
        for (const text of rows) {
          const rowBytes = Buffer.byteLength(text) + 1;
          const fits = sizeBytes + rowBytes < MAX_CHUNK_BYTES;
          assert.equal(chunk.add(text), fits);
          if (!fits) break;
          sizeBytes += rowBytes;
        }
        assert.ok(Buffer.byteLength(chunk.toString()) < MAX_CHUNK_BYTES);
      }),
    );
  });

  for (const { name, make, skip } of subjects) {
    it(`of agents are read once each by the command of the original, over ${name}`, { skip }, async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 400);
      await store.writeAgentInfo(JSON.stringify(range(1, 400).map((id) => infoOf(id))));
      await store.query("global sql update agent set sync_status = 'syncreq' where id > 0");
      const read: number[] = [];
      let last: StoreAnswer;
      do {
        last = await store.query('global sync-agent-info-get {}');
        assert.ok(Buffer.byteLength(textOf(last)) < MAX_CHUNK_BYTES + 4);
        read.push(...idsIn(last));
        // As it is, it fits the request that writes it.
        assert.equal(textOf(await store.query(`global sync-agent-info-set ${last.payload}`)), 'ok');
      } while (last.status === 'due');
      assert.equal(last.status, 'ok');
      assert.deepEqual(read, range(1, 400));
      assert.equal(textOf(await store.query('global sync-agent-info-get {}')), 'ok []');
      // The place where it goes on is one for all, and may be given.
      await store.query("global sql update agent set sync_status = 'syncreq' where id in (1, 300)");
      assert.deepEqual(idsIn(await store.query('global sync-agent-info-get last_id 200')), [300]);
      assert.deepEqual(idsIn(await store.query('global sync-agent-info-get')), [1]);
    });

    it(`an agent that no chunk can hold keeps no other waiting, over ${name}`, { skip }, async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      const labels = Object.fromEntries(range(1, 4_000).map((number) => [`k${number}`, 'v']));
      const columns = { version: 'v' };
      for (const id of [1, 2, 3]) {
        await store.updateAgentData({
          id,
          connectionStatus: 'active',
          groupConfigStatus: 'synced',
          syncStatus: 'syncreq',
          columns,
          ...(id === 2 && { labels }),
        });
      }
      const read: number[] = [];
      for (let afterId = 0, isLast = false; !isLast; ) {
        const page = await store.unsyncedAgentInfo(afterId);
        read.push(...page.rows.map(({ id }) => id));
        ({ lastId: afterId, isLast } = page);
      }
      assert.deepEqual(read, [1, 3]);
      const first = await store.query('global sync-agent-info-get {}');
      assert.deepEqual([first.status, idsIn(first)], ['due', [1]]);
      const second = await store.query('global sync-agent-info-get {}');
      // The original's own command never gets past it.
      assert.deepEqual([second.status, idsIn(second)], subject.isOriginal ? ['due', []] : ['ok', [3]]);
    });

    it(`of groups come with the hash in the last one alone, over ${name}`, { skip }, async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3_000);
      await addGroups(store, 'default');
      const agents = range(1, 3_000).map((id) => ({ id, groups: ['default'] }));
      await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
      const request = '{"condition": "sync_status", "set_synced": true, "get_global_hash": true}';
      const read: number[] = [];
      for (;;) {
        const answer = await store.query(`global sync-agent-groups-get ${request}`);
        const [content] = JSON.parse(answer.payload);
        read.push(...content.data.map(({ id }: { id: number }) => id));
        assert.equal('hash' in content, answer.status === 'ok');
        if (answer.status === 'ok') break;
      }
      assert.deepEqual(read, range(1, 3_000));
    });

    it(`are refused in the words of the original, over ${name}`, { skip }, async () => {
      await using subject = await make();
      const check = async (request: string, answer: string) =>
        assert.equal(textOf(await subject.store.query(`global ${request}`)), answer, request);
      await check('sync-agent-groups-get {"get_global_hash": true}', 'ok [{"data":[],"hash":null}]');
      await check('sync-agent-groups-get {}', 'ok [{"data":[]}]');
      await check(
        'sync-agent-groups-get {"condition": "x"}',
        'err Could not obtain a response from wdb_global_sync_agent_groups_get',
      );
      const badData = 'err Invalid JSON data, invalid alternative fields data';
      for (const bad of [
        '{"last_id":-1}',
        '{"last_id":"1"}',
        '{"set_synced":1}',
        '{"condition":7}',
        '{"get_global_hash":"x"}',
      ]) {
        await check(`sync-agent-groups-get ${bad}`, badData);
      }
      await check('sync-agent-groups-get x', "err Invalid JSON syntax, near 'x'");
      await check('set-agent-groups {}', 'err Invalid JSON data, missing required fields');
      await check(
        'set-agent-groups {"mode":"x","data":[]}',
        "err Invalid mode 'x' in set_agent_groups command",
      );
      await check('set-agent-groups {"mode":"override","data":[]}', 'ok');
      const wrong = 'err An error occurred during the set of the groups';
      for (const entry of [
        'null',
        '7',
        '{"id":1}',
        '{"id":"1","groups":[]}',
        '{"id":99,"groups":["default"]}',
      ]) {
        await check(`set-agent-groups {"mode":"override","data":[${entry}]}`, wrong);
      }
    });
  }
});
