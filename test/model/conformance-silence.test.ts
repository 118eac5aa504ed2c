import assert from 'node:assert/strict';
import { conformSilenceMachine } from '../../machines/conformance/silence.ts';
import { conformUnfinishedMachine } from '../../machines/conformance/unfinished.ts';
import { conformWorkerSilenceMachine } from '../../machines/conformance/worker-silence.ts';
import { conformWorkerSilentAgentsMachine } from '../../machines/conformance/worker-silent-agents.ts';
import { conformWorkerSilentRoundsMachine } from '../../machines/conformance/worker-silent-rounds.ts';
import type { Model } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { conformanceTest, namesOf } from './conformance-model.ts';
import { lastEvent } from './trace.ts';

const isOverWhenClosed = {
  'a connection that was closed is the end, and nothing else is': (trace: Trace) => {
    const isClosed = lastEvent(trace)?.type === 'hear.closed';
    assert.equal(trace.snapshot.status === 'done', isClosed);
  },
};
/** What stands before the first of these names, of which there is one. */
function before(trace: Trace, name: string): string[] | null {
  const names = namesOf(trace);
  return names.includes(name) ? names.slice(0, names.indexOf(name)) : null;
}

const unfinished: Model<typeof conformUnfinishedMachine>['invariants'] = {
  ...isOverWhenClosed,
  'what is begun is not known any more when its time has passed, and not before': (trace) => {
    const earlier = before(trace, 'hear.err.3027');
    if (earlier !== null) assert.equal(earlier.at(-2), 'do.outlast');
  },
  'a file that is begun anew has its beginning still': (trace) => {
    const earlier = before(trace, 'hear.ok.resumed');
    if (earlier !== null) assert.equal(earlier.at(-1), 'say.new_file');
    if (earlier !== null) assert.ok(earlier.includes('say.file_upd.first'));
  },
};
const silence: Model<typeof conformSilenceMachine>['invariants'] = {
  ...isOverWhenClosed,
  'a round needs a permission that has not fallen back': (trace) => {
    const earlier = before(trace, 'hear.err.3116');
    if (earlier !== null) assert.deepEqual(earlier.slice(-2), ['do.outlast', 'say.syn_i_w_m']);
  },
  'what the master says of a round belongs to one that was begun': (trace) => {
    const told = namesOf(trace).findIndex((name) => /^hear\.(?:syn_m_c|cancel_task)/.test(name));
    if (told >= 0) assert.ok(namesOf(trace).slice(0, told).includes('say.syn_i_w_m'));
  },
  'an announcement is answered late when the master has given it up': (trace) => {
    const earlier = before(trace, 'say.ok.syn_m_c.late');
    if (earlier !== null) assert.equal(earlier.at(-1), 'hear.syn_m_c_e.failed');
  },
  'a permission is asked for again behind a round that nobody has ended in time': (trace) => {
    const isForgotten = namesOf(trace).slice(-2).join(', ') === 'do.outlast, say.ok.syn_m_c_e';
    assert.equal(trace.snapshot.matches('free'), isForgotten);
  },
};
const workerSilence: Model<typeof conformWorkerSilenceMachine>['invariants'] = {
  'a worker that leaves before it was accepted comes again; of one that was accepted that is the end': (
    trace,
  ) => {
    const isAdmitted = namesOf(trace).includes('say.ok.hello');
    const isClosed = lastEvent(trace)?.type === 'hear.closed';
    assert.equal(trace.snapshot.status === 'done', isAdmitted && isClosed);
    assert.equal(trace.snapshot.matches('left'), !isAdmitted && isClosed);
  },
  'a worker leaves after two keepalives without an answer, and not before': (trace) => {
    const keepalives = namesOf(trace).filter((name) => name === 'hear.echo-c').length;
    assert.equal(trace.snapshot.matches('lost'), keepalives === 2 && trace.snapshot.status === 'active');
  },
};
const silentRounds: Model<typeof conformWorkerSilentRoundsMachine>['invariants'] = {
  'no round begins without permission': (trace) => {
    const earlier = before(trace, 'hear.syn_i_w_m');
    if (earlier !== null) assert.equal(earlier.at(-1), 'say.ok.syn_i_w_m_p.granted');
  },
  'a late answer belongs to a question that was asked again': (trace) => {
    const earlier = before(trace, 'say.ok.syn_i_w_m_p.late');
    if (earlier !== null) assert.deepEqual(earlier.slice(-2), ['hear.syn_i_w_m_p', 'hear.syn_i_w_m_p']);
  },
  'what is cancelled was announced, and what is told of has failed': (trace) => {
    const earlier = before(trace, 'hear.cancel_task');
    if (earlier !== null) assert.ok(earlier.includes('say.syn_m_c'));
    if (trace.snapshot.matches('failing')) assert.equal(namesOf(trace).at(-1), 'hear.cancel_task');
  },
};
const silentAgents: Model<typeof conformWorkerSilentAgentsMachine>['invariants'] = {
  'agent-info is named with permission only': (trace) => {
    const earlier = before(trace, 'hear.syn_a_w_m');
    if (earlier !== null) assert.equal(earlier.at(-1), 'say.ok.syn_a_w_m_p.granted');
  },
  'what was named and not stored is told again': (trace) => {
    if (trace.snapshot.matches('over'))
      assert.match(namesOf(trace).slice(-2).join(', '), /syn_a_w_m, hear\.syn_a_w_m_p$/);
  },
};

conformanceTest(conformUnfinishedMachine, unfinished);
conformanceTest(conformSilenceMachine, silence);
conformanceTest(conformWorkerSilenceMachine, workerSilence);
conformanceTest(conformWorkerSilentRoundsMachine, silentRounds);
conformanceTest(conformWorkerSilentAgentsMachine, silentAgents);
