import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEEPALIVE_MS } from '../../src/conform/limits.ts';
import type { Chapter } from '../../src/conform/plan.ts';
import type { PathReport } from '../../src/conform/report.ts';
import { Walk } from '../../src/conform/walk.ts';
import { Habits, isHabit, optionalHabitsIn } from '../../src/conform/worker/habits.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { FrameDecoder } from '../../src/protocol/frame.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { waitFor } from '../harness/wait-for.ts';
import { transition } from './stub-talk.ts';
import { HELLO, workerTalk } from './worker-talk.ts';

const HEARD = transition('quiet', 'hear.echo-c', 'asked');
const ANSWERED = transition('asked', 'say.ok.echo-c', 'over');
const chapter: Chapter = {
  id: 'conform-quiet',
  title: 'quiet',
  begins: 'away',
  initial: 'quiet',
  paths: [[HEARD, ANSWERED]],
  entered: (state) => state,
  from: (state) => [HEARD, ANSWERED].filter(({ source }) => source === state),
  sectionsOf: () => ({ muster: 'Keepalives', wazuh4: '' }),
  isKept: () => false,
  isOutlasted: () => false,
};
const path = [HEARD, ANSWERED];
const keepalive = (counter: number) => musterDialect.encodeRequest(counter, 'echo-c', { data: 'keepalive' });

/** Commands as they come to a worker. */
function commandsTo(worker: Connection): string[] {
  const decoder = new FrameDecoder();
  const commands: string[] = [];
  const data = (chunk: Uint8Array) => decoder.push(chunk, ({ command }) => commands.push(command));
  worker.start({ data, drain: () => {}, end: () => {}, close: () => {} });
  return commands;
}

describe('what a worker has to do by itself', () => {
  it('may take longer than a path, whose time begins anew then', async () => {
    const { talk, worker } = workerTalk('muster', { idleTimeoutMs: 60_000 }, 1);
    commandsTo(worker);
    const walking = new Walk(chapter, talk).follow(path);
    await waitFor('the time of the path to be over', () => talk.leftMs === 1);
    const begun: boolean[] = [];
    const { restartClock } = talk;
    talk.restartClock = () => begun.push(true) > 0 && restartClock.call(talk);
    worker.write(keepalive(1));
    assert.equal((await walking).outcome, 'conforms');
    assert.deepEqual(begun, [true]);
  });

  it('departs where it does not come within that time', async () => {
    const { talk } = workerTalk('muster', { idleTimeoutMs: 100 }, 60_000);
    const { outcome, at, got, expected, trouble } = await new Walk(chapter, talk).follow(path);
    assert.deepEqual(
      { outcome, at, got, expected, trouble },
      {
        outcome: 'departs',
        at: 1,
        got: 'nothing within 0.1 s',
        expected: ['the request echo-c'],
        trouble: 'idle',
      },
    );
  });

  it('is told to whoever waits, with the time that it may take', async () => {
    const waits: string[] = [];
    const { talk } = workerTalk('muster', {
      idleTimeoutMs: 1,
      aroundWait: (what, timeoutMs, work) => {
        waits.push(`${what}, ${timeoutMs}`);
        return work;
      },
    });
    await new Walk(chapter, talk).follow(path);
    assert.deepEqual(waits, ['worker1 to take the next step by itself, 1']);
  });

  it('is no answer: where one may come too, the time of the path counts', () => {
    const { talk } = workerTalk('muster', { idleTimeoutMs: 7 });
    assert.equal(talk.patienceMs(['hear.echo-c']), 7);
    assert.equal(talk.patienceMs(['hear.syn_i_w_m_p', 'hear.syn_a_w_m_p']), 7);
    assert.equal(talk.patienceMs(['hear.ok', 'hear.syn_i_w_m_p']), null);
    assert.equal(talk.patienceMs([]), null);
    assert.deepEqual(['hear.echo', 'say.echo-c', 'hear.toString'].filter(isHabit), []);
  });
});

describe('a worker that lacks what it has to do', () => {
  const idle = (steps: readonly string[], at: number, trouble: PathReport['trouble'] = 'idle') =>
    ({ steps, at, trouble }) as unknown as PathReport;
  const keepalives = ['hear.echo-c', 'say.err.echo-c', 'hear.echo-c'];

  it('is not asked for it again', () => {
    const habits = new Habits([]);
    assert.equal(habits.obstacleTo(keepalives), null);
    habits.note(idle(keepalives, 1));
    assert.match(habits.obstacleTo(keepalives) ?? '', /sent no keepalive: see the path/);
    assert.equal(habits.obstacleTo(['hear.syn_i_w_m_p']), null);
  });

  it('does not lack what came once, what it was only silent at, and what does not come by itself', () => {
    const habits = new Habits([]);
    habits.note(idle(keepalives, 3));
    habits.note(idle(keepalives, 1, 'silent'));
    habits.note(idle(['say.syn_i_m_w', 'hear.ok'], 2));
    habits.note(idle(['say.syn_i_m_w', 'hear.ok'], 3));
    assert.equal(habits.obstacleTo(['say.syn_i_m_w', 'hear.ok', ...keepalives]), null);
  });

  it('need not tell of agents unless it has some', () => {
    const steps = ['hear.syn_a_w_m_p', 'hear.syn_i_w_m_p'];
    assert.deepEqual(optionalHabitsIn(steps, false), ['syn_a_w_m_p']);
    assert.deepEqual(optionalHabitsIn(steps, true), []);
    assert.deepEqual(optionalHabitsIn(['hear.echo-c'], false), []);
    assert.match(new Habits(['syn_a_w_m_p']).obstacleTo(steps) ?? '', /nothing to tell.*--agents/);
  });
});

describe('who plays a master', () => {
  it(`sends a keepalive every ${KEEPALIVE_MS} ms from when it has accepted a worker, until the path is over`, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { talk, worker } = workerTalk('muster');
    const commands = commandsTo(worker);
    const hello = { ...HELLO, version: '1', protocol: { min: 1, max: 1 }, features: [] };
    t.mock.timers.tick(KEEPALIVE_MS);
    talk.admit({ kind: 'request', counter: 1, command: 'hello', args: hello });
    t.mock.timers.tick(KEEPALIVE_MS - 1);
    t.mock.timers.tick(1);
    t.mock.timers.tick(KEEPALIVE_MS);
    await waitFor('both', () => commands.length >= 3);
    assert.deepEqual(commands, ['ok', 'echo-m', 'echo-m']);
    talk.close();
    const peer = t.mock.method(talk.peer, 'ask');
    t.mock.timers.tick(2 * KEEPALIVE_MS);
    assert.equal(peer.mock.callCount(), 0);
  });
});
