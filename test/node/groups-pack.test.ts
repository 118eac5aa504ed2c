import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseGroupsChunk } from '../../src/agents/groups-chunk.ts';
import type { AgentGroups } from '../../src/agents/store.ts';
import { decodeChunks, MAX_STRING_CHUNKS } from '../../src/node/effects/agent-chunks.ts';
import { packGroups } from '../../src/node/effects/groups-pack.ts';
import { piecesOf } from '../../src/node/effects/groups-pages.ts';
import { SharedWork } from '../../src/node/effects/shared-work.ts';
import { MAX_COMMAND_STRINGS } from '../../src/protocol/limits.ts';
import { turnsDuring } from '../harness/turns-during.ts';

const HASH = 'a'.repeat(40);
/** As long as a name may be: few agents fill a chunk. */
const LONG = Array.from({ length: 128 }, (_, index) => String(index).padStart(255, 'g'));
const { signal } = new AbortController();
const agentsWith = (count: number, groups: readonly string[]): AgentGroups[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, groups }));

describe('agent-groups that are packed', () => {
  it('are as many strings as it takes, each of a size that neither side takes long for, the checksum at their end', async () => {
    const agents = agentsWith(4_000, LONG.slice(0, 8));
    const packed = await packGroups(piecesOf({ agents, hash: HASH }, signal));
    assert.equal(packed.agents, agents.length);
    assert.ok(packed.strings.length > 3, `${packed.strings.length} strings`);
    const strings: string[][] = [];
    for (const bytes of packed.strings) strings.push([...(await decodeChunks(bytes))]);
    assert.ok(strings.every(({ length }) => length <= MAX_STRING_CHUNKS));
    const chunks = strings.flat().map(parseGroupsChunk);
    assert.equal(chunks.length, packed.chunks);
    assert.deepEqual(
      chunks.flatMap((chunk) => chunk.agents),
      agents,
    );
    assert.deepEqual(
      chunks.map(({ hash }) => hash),
      [...chunks.slice(1).map(() => undefined), HASH],
    );
  });

  it('are one string if there are few of them, or none', async () => {
    for (const agents of [[], agentsWith(2, ['a'])]) {
      const { strings, chunks } = await packGroups(piecesOf({ agents, hash: null }, signal));
      assert.deepEqual([strings.length, chunks], [1, 1]);
      const [chunk = ''] = await decodeChunks(strings[0] ?? new Uint8Array());
      assert.deepEqual(parseGroupsChunk(chunk), { agents, errors: [], hash: null });
    }
  });

  it('let other work go on meanwhile, and end when nobody wants them', async () => {
    const agents = agentsWith(20_000, ['a', 'b']);
    const turns = await turnsDuring(() => packGroups(piecesOf({ agents, hash: HASH }, signal)));
    assert.ok(turns >= 19, `${turns} turns`);
    const end = new AbortController();
    const packing = packGroups(piecesOf({ agents, hash: HASH }, end.signal));
    end.abort(new Error('nobody wants it'));
    await assert.rejects(packing, /nobody wants it/);
  });

  it('are refused with their number if they take more strings than a command names', async () => {
    const agents = agentsWith(2 * MAX_STRING_CHUNKS * MAX_COMMAND_STRINGS, LONG);
    await assert.rejects(packGroups(piecesOf({ agents, hash: HASH }, signal)), {
      code: 3113,
      message: /the groups of \d+ agents take more than 40 strings/,
    });
  });
});

describe('work that several share', () => {
  it('is done once for those who need it at the same time, and again for who comes later', async () => {
    const works = new SharedWork<number>();
    let done = 0;
    const work = async () => ++done;
    const shares = [works.share('a', work), works.share('a', work), works.share('b', work)];
    assert.deepEqual(await Promise.all(shares.map(({ result }) => result)), [1, 1, 2]);
    shares[0]?.release();
    assert.equal(await works.share('a', work).result, 1, 'somebody has still use for it');
    for (const share of shares.slice(1)) share.release();
    assert.equal(await works.share('b', work).result, 3);
  });

  it('is given up when the last one releases it, and not before', () => {
    const works = new SharedWork<void>();
    let wasGivenUp = false;
    const work = (end: AbortSignal) =>
      new Promise<void>(() => {
        end.addEventListener('abort', () => {
          wasGivenUp = true;
        });
      });
    const [one, other] = [works.share('a', work), works.share('a', work)];
    one.release();
    assert.equal(wasGivenUp, false);
    other.release();
    assert.equal(wasGivenUp, true);
  });

  it('that failed is tried again by who comes next, whoever has not released it', async () => {
    const works = new SharedWork<number>();
    const failed = works.share('a', () => Promise.reject(new Error('no')));
    await assert.rejects(failed.result, /no/);
    const next = works.share('a', async () => 7);
    assert.equal(await next.result, 7);
    failed.release();
    assert.equal(await works.share('a', async () => 8).result, 7);
  });
});
