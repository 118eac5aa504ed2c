import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, encodeAnswer, textOf } from '../../src/node/dapi/answer.ts';
import { AnswerMaker } from '../../src/node/dapi/answer-maker.ts';
import { MAX_INLINE_ANSWER_BYTES } from '../../src/node/dapi/limits.ts';
import type { LiveRequest, Place } from '../../src/node/dapi/live-requests.ts';
import { MAX_ANSWER_BYTES } from '../../src/protocol/limits.ts';
import { SLICE_ITEMS } from '../../src/requests/in-slices.ts';

const NEVER = new AbortController().signal;
const maker = new AnswerMaker();

const place = (name: string): Place => ({ place: name, args: {}, ids: [name] });

/** A request whose two parts have answered, or failed. */
const answered = (
  answers: LiveRequest['answers'],
  failures: LiveRequest['failures'] = answers.map(() => null),
) =>
  ({
    request: { method: 'test.agents' },
    plan: { places: [place('worker1'), place('worker2')], failed: [], isSplit: true },
    answers,
    failures,
  }) as unknown as LiveRequest;

const list = (from: number, count: number, chars = 1) => ({
  items: Array.from({ length: count }, (_, i) => ({ id: from + i, text: 'é'.repeat(chars) })),
  totalItems: count,
  failed: [{ error: { code: 1701, detail: null }, ids: [String(from)] }],
  message: `${count} agents`,
});

test('a long list is written in slices, and is what JSON.stringify makes of it', async () => {
  for (const count of [0, 1, SLICE_ITEMS, SLICE_ITEMS + 1, 3 * SLICE_ITEMS]) {
    const answer = await encodeAnswer(list(1, count), 'test.agents');
    assert.equal(typeof answer, count <= SLICE_ITEMS ? 'string' : 'object');
    assert.deepEqual(JSON.parse(textOf(answer)), list(1, count));
  }
});

test('an answer above the limit is refused, in whatever way it is written', async () => {
  const long = 'x'.repeat(MAX_ANSWER_BYTES);
  await assert.rejects(encodeAnswer({ text: long }, 'test.any'), { code: 3301 });
  const items = Array.from({ length: SLICE_ITEMS + 1 }, () => long.slice(0, MAX_ANSWER_BYTES / SLICE_ITEMS));
  await assert.rejects(encodeAnswer({ items }, 'test.any'), { code: 3301 });
});

test('long parts are merged by a thread as short ones are here', async () => {
  const parts = [list(1, 2_000, 100), list(2_001, 2_000, 100)];
  const long = answered(parts.map((part) => bytesOf(JSON.stringify(part))));
  const size = long.answers.reduce((sum, answer) => sum + (answer?.length ?? 0), 0);
  assert.ok(size > MAX_INLINE_ANSWER_BYTES);
  const merged = await maker.merge(long, NEVER);
  assert.equal(typeof merged, 'object');
  const short = answered([list(1, 2), list(2_001, 2)].map((part) => JSON.stringify(part)));
  assert.deepEqual(shapeOf(await maker.merge(short, NEVER)), [4, 4, [1701], ['1', '2001']]);
  assert.deepEqual(shapeOf(merged), [4_000, 4_000, [1701], ['1', '2001']]);
});

function shapeOf(answer: string | Uint8Array) {
  const { items, totalItems, failed } = JSON.parse(textOf(answer)) as ReturnType<typeof list>;
  return [items.length, totalItems, failed.map(({ error }) => error.code), failed.flatMap(({ ids }) => ids)];
}

test('a part that has no items is named, also by the thread; what failed stands beside the others', async () => {
  const nonsense = bytesOf(`{"nothing":"${'x'.repeat(MAX_INLINE_ANSWER_BYTES)}"}`);
  const whole = bytesOf(JSON.stringify(list(1, 1)));
  await assert.rejects(maker.merge(answered([whole, nonsense]), NEVER), {
    code: 3302,
    message: /test\.agents: a part has no items/,
  });
  const failure = { code: 3103, message: 'worker2 went away' };
  const merged = await maker.merge(answered([whole, null], [null, failure]), NEVER);
  const { failed } = JSON.parse(textOf(merged)) as ReturnType<typeof list>;
  assert.deepEqual(
    failed.map(({ error, ids }) => [error.code, ids]),
    [
      [3103, ['worker2']],
      [1701, ['1']],
    ],
  );
});

test('parts that are too long together are refused before anything is read', async () => {
  const half = new Uint8Array(MAX_ANSWER_BYTES / 2 + 1);
  await assert.rejects(maker.merge(answered([half, half]), NEVER), { code: 3301 });
});

test('parts that become too much memory when they are read end the thread and not the node', async () => {
  const small = new AnswerMaker({ maxHeapBytes: 2 ** 24 });
  const hostile = `{"items":[[${'[],'.repeat(2 ** 21)}[]]],"totalItems":1,"failed":[],"message":""}`;
  const parts = answered([bytesOf(hostile), bytesOf(JSON.stringify(list(1, 1)))]);
  await assert.rejects(small.merge(parts, NEVER), { code: 3301, message: /of memory/ });
});

test('whoever gives a merge up ends it, and the next one has its turn', async () => {
  const parts = [1, 50_001].map((from) => bytesOf(JSON.stringify(list(from, 50_000, 20))));
  const given = new AbortController();
  const first = maker.merge(answered(parts), given.signal);
  const second = maker.merge(answered(parts), NEVER);
  given.abort();
  await assert.rejects(first, { code: 3120 });
  assert.equal(shapeOf(await second)[0], 100_000);
});

test('whoever gives up while others are merged is told so when its turn comes, and no thread is made for it', async () => {
  const long = () =>
    answered([list(1, 2_000, 100), list(2_001, 2_000, 100)].map((part) => bytesOf(JSON.stringify(part))));
  const one = new AnswerMaker();
  const given = new AbortController();
  const first = one.merge(long(), NEVER);
  const second = one.merge(long(), given.signal);
  const third = one.merge(long(), NEVER);
  given.abort();
  await assert.rejects(second, { code: 3120 });
  assert.deepEqual(shapeOf(await first), shapeOf(await third));
});

const telling = {
  method: 'agents.list',
  as: { module: 'wazuh.agent', qualname: 'get_agents', version: '4.7.5', select: null },
};
const answering = { method: 'agents.list', answering: { node: 'worker1', version: '4.7.5' } };
const agents = (count: number) => {
  const items = Array.from({ length: count }, (_, i) => ({
    id: String(i + 1).padStart(3, '0'),
    name: `é"${i}`,
    dateAdd: '2026-01-01T00:00:00.000Z',
    os: { name: 'Ubuntu', uname: 'x'.repeat(300) },
  }));
  const failed = [{ error: { code: 1701, detail: null }, ids: ['999'] }];
  return { items, totalItems: count, failed, message: 'All selected agents information was returned' };
};

test('an answer is put into the form of an original and read out of it: a short one at once, a long one by a thread', async () => {
  for (const [count, made] of [
    [2, 'string'],
    [2_000, 'object'],
  ] as const) {
    const answer = JSON.stringify(agents(count));
    assert.equal(answer.length > MAX_INLINE_ANSWER_BYTES, made === 'object');
    const told = await maker.tell(answer, telling, NEVER);
    assert.equal(typeof told, made);
    const { __wazuh_result__: result } = JSON.parse(textOf(told));
    assert.equal(result.__object__.affected_items.length, count);
    assert.deepEqual(result.__object__.affected_items[0].dateAdd, {
      __wazuh_datetime__: '2026-01-01T00:00:00.000+00:00',
    });
    const understood = await maker.understand(told, answering, NEVER);
    assert.equal(typeof understood, made);
    assert.deepEqual(JSON.parse(textOf(understood)), agents(count));
  }
});

test('what an original says that has failed, and what is no answer, fails so from the thread too', async () => {
  const error = {
    code: 4000,
    title: 'Permission Denied',
    dapi_errors: { long: 'x'.repeat(MAX_INLINE_ANSWER_BYTES) },
  };
  const exception = { __wazuh_exception__: { __class__: 'WazuhPermissionError', __object__: error } };
  await assert.rejects(maker.understand(JSON.stringify(exception), answering, NEVER), { code: 4000 });
  const nonsense = `{"nothing":"${'x'.repeat(MAX_INLINE_ANSWER_BYTES)}"}`;
  await assert.rejects(maker.understand(nonsense, answering, NEVER), { code: 3302 });
  await assert.rejects(maker.understand(nonsense.slice(1), answering, NEVER), { code: 3036 });
});

test('an answer that becomes too much memory in its other form ends the thread and not the node', async () => {
  const small = new AnswerMaker({ maxHeapBytes: 2 ** 24 });
  await assert.rejects(small.tell(JSON.stringify(agents(50_000)), telling, NEVER), {
    code: 3301,
    message: /of memory/,
  });
});
