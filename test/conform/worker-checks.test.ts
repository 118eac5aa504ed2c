import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { LIST_HEAD } from '../../src/conform/show.ts';
import { workersChecks } from '../../src/conform/worker/checks.ts';
import { addition } from '../../src/conform/worker/sets.ts';
import type { TalkWithWorker } from '../../src/conform/worker/talk-with-worker.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { HELLO, workerTalk } from './worker-talk.ts';

/** A path at a worker that was accepted before. */
const talkBy = (dialect: DialectName): TalkWithWorker => workerTalk(dialect).talk;

const holds = (step: string, args: object, talk: TalkWithWorker) =>
  workersChecks.requests[step]?.(args, talk);

describe('what a worker has to say of itself', () => {
  const cases: readonly [what: string, change: object, muster: boolean, wazuh4: boolean][] = [
    ['a newer session', {}, true, true],
    ['the session that was accepted last', { session: 7 }, false, true],
    ['another installation', { node: 'c'.repeat(32) }, false, true],
    ['another name', { name: 'worker2' }, false, false],
    ['another cluster', { cluster: 'elsewhere' }, false, false],
    ['another role', { type: 'master' }, false, false],
  ];
  for (const [what, change, muster, wazuh4] of cases)
    it(`may be ${what}: ${muster} in muster, ${wazuh4} in wazuh4`, () => {
      assert.equal(holds('hear.hello', { ...HELLO, ...change }, talkBy('muster')), muster);
      assert.equal(holds('hear.hello', { ...HELLO, ...change }, talkBy('wazuh4')), wazuh4);
    });
});

describe('the list of files of a worker', () => {
  const other = { 'etc/lists/a': { cluster_item_key: 'etc/lists/', hash: 'a'.repeat(128) } };
  const probe = addition().missing;
  const cases: readonly [what: string, list: string, plain: boolean, withFile: boolean][] = [
    ['no file', '{}', true, false],
    ['another file', JSON.stringify(other), true, false],
    ['the file of this test', JSON.stringify({ ...other, ...probe }), false, true],
    ['no JSON', 'no list', false, false],
    ['no object', '[]7', false, false],
    ['a digest that is none', JSON.stringify({ x: { cluster_item_key: 'x', hash: 'A' } }), false, false],
  ];
  for (const dialect of ['muster', 'wazuh4'] as const)
    for (const [what, text, plain, withFile] of cases)
      it(`of ${what} is ${plain || withFile ? '' : 'not '}taken in ${dialect}`, () => {
        const talk = talkBy(dialect);
        const file = dialect === 'muster' ? 'list.meta' : 'list.zip';
        const content =
          dialect === 'muster' ? Buffer.from(text) : Buffer.concat([LIST_HEAD, deflateSync(text)]);
        talk.peer.arrivals.begin(1, file);
        talk.peer.arrivals.add(1, content);
        const args = { task: talk.beginRound(), file };
        assert.equal(holds('hear.syn_i_w_m_e', args, talk), plain);
        assert.equal(holds('hear.syn_i_w_m_e.withFile', args, talk), withFile);
        assert.equal(holds('hear.syn_i_w_m_e', { ...args, task: 'another' }, talk), false);
        assert.equal(holds('hear.syn_i_w_m_e', { ...args, file: 'never came' }, talk), false);
      });
});

describe('what a worker says of a process', () => {
  it('names the task of the master, or none where it gives up', () => {
    const talk = talkBy('muster');
    const task = talk.beginRound();
    assert.equal(holds('hear.syn_i_w_m_r', { task }, talk), true);
    assert.equal(holds('hear.syn_i_w_m_r', { task: null }, talk), true);
    assert.equal(holds('hear.syn_i_w_m_r', { task: 'another' }, talk), false);
    assert.equal(holds('hear.cancel_task', { task }, talk), true);
    assert.equal(holds('hear.cancel_task', { task: null }, talk), false);
  });

  it('names its own task where it cancels what does not come, in wazuh4', () => {
    const talk = talkBy('wazuh4');
    const masters = talk.beginRound();
    talk.facts.task = 'of-the-worker';
    assert.equal(holds('hear.cancel_task', { task: 'of-the-worker' }, talk), true);
    assert.equal(holds('hear.cancel_task', { task: masters }, talk), false);
  });

  it('tells that checksums differ, where it tells what came of the comparison', () => {
    for (const matches of [true, null, false]) {
      assert.equal(holds('hear.syn_w_g_e.differs', { matches }, talkBy('muster')), matches === false);
      assert.equal(holds('hear.syn_w_g_e.differs', { matches }, talkBy('wazuh4')), true);
    }
  });

  it('is agent-info as JSON, in chunks that are text', () => {
    const chunks: readonly [text: string, isTaken: boolean][] = [
      [JSON.stringify({ chunks: ['[{"id":1}]'] }), true],
      [JSON.stringify({ chunks: [[{ id: 1 }]] }), false],
      [JSON.stringify({ chunks: ['{}'] }), false],
      ['{}', false],
      ['no JSON', false],
    ];
    for (const [text, isTaken] of chunks) {
      const talk = talkBy('muster');
      talk.peer.arrivals.begin(1, 'string 1');
      talk.peer.arrivals.add(1, Buffer.from(text));
      assert.equal(holds('hear.syn_a_w_m', { handle: 1 }, talk), isTaken, text);
    }
  });
});
