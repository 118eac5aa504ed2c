import assert from 'node:assert/strict';
import type { AnyStateMachine } from 'xstate';
import { conformWorkerAgentGroupsMachine } from '../../machines/conformance/worker-agent-groups.ts';
import { conformWorkerAgentInfoMachine } from '../../machines/conformance/worker-agent-info.ts';
import { conformWorkerHelloMachine } from '../../machines/conformance/worker-hello.ts';
import { conformWorkerIntegrityMachine } from '../../machines/conformance/worker-integrity.ts';
import { conformWorkerKeepaliveMachine } from '../../machines/conformance/worker-keepalive.ts';
import { conformWorkerRequestsMachine } from '../../machines/conformance/worker-requests.ts';
import { conformWorkerRoundsMachine } from '../../machines/conformance/worker-rounds.ts';
import { conformWorkerSessionMachine } from '../../machines/conformance/worker-session.ts';
import { conformWorkerSetsMachine } from '../../machines/conformance/worker-sets.ts';
import type { Model } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { conformanceTest, namesOf } from './conformance-model.ts';
import { lastEvent } from './trace.ts';

const invariants = {
  'what a worker asked by itself is answered once, and before it asks that again': (trace: Trace) => {
    const open = new Set<string>();
    for (const name of namesOf(trace)) {
      const [kind, what = '', about = ''] = name.split('.');
      if (kind === 'hear' && ASKED.has(what)) {
        assert.ok(!open.has(what), `${what} is asked twice`);
        open.add(what);
      }
      if (kind === 'say' && (what === 'ok' || what === 'err') && ASKED.has(about))
        assert.ok(open.delete(about), `${about} is answered, and was not asked`);
      if (name.startsWith('do.')) open.clear();
    }
  },
};
/** Requests of a worker that a path itself answers. */
const ASKED = new Set([
  'hello',
  'echo-c',
  'syn_i_w_m_p',
  'syn_i_w_m',
  'syn_i_w_m_e',
  'new_file',
  'syn_a_w_m_p',
  'syn_a_w_m',
  'syn_w_g_c',
]);

const model = <Machine extends AnyStateMachine>(more: Model<Machine>['invariants']) => ({
  ...invariants,
  ...more,
});

const isOverWhenClosed = {
  'a connection that was closed is the end, and nothing else is': (trace: Trace) => {
    const isClosed = lastEvent(trace)?.type === 'hear.closed';
    assert.equal(trace.snapshot.status === 'done', isClosed);
  },
};
const hello = model<typeof conformWorkerHelloMachine>({
  'nobody is admitted but by the answer to hello': (trace) => {
    assert.equal(trace.snapshot.matches('admitted'), namesOf(trace).at(-1) === 'say.ok.hello');
  },
});
const keepalive = model<typeof conformWorkerKeepaliveMachine>({
  ...isOverWhenClosed,
  'a connection is given up after two keepalives in a row without an answer, and not before': (trace) => {
    const answers = namesOf(trace).filter((name) => name.startsWith('say.'));
    const areRefused = answers.slice(-2).join(', ') === 'say.err.echo-c, say.err.echo-c';
    const isGivenUp = trace.snapshot.matches('lost') || trace.snapshot.status === 'done';
    assert.equal(isGivenUp, areRefused && answers.length >= 2);
  },
});
/** No round begins without permission. */
function isPermitted(trace: Trace): void {
  const names = namesOf(trace);
  names.forEach((name, index) => {
    if (name === 'hear.syn_i_w_m') assert.equal(names[index - 1], 'say.ok.syn_i_w_m_p.granted');
  });
}
const integrity = model<typeof conformWorkerIntegrityMachine>({
  'no round begins without permission': isPermitted,
  'a round begins where permission was granted': (trace) => {
    assert.equal(trace.snapshot.matches('granted'), namesOf(trace).at(-1) === 'say.ok.syn_i_w_m_p.granted');
  },
});
const rounds = model<typeof conformWorkerRoundsMachine>({
  'no round begins without permission': isPermitted,
  'a worker is told what it has to do before a round is over': (trace) => {
    const names = namesOf(trace);
    const isTold = names.some((name) => /^say\.(?:syn_m_c|err)/.test(name));
    if (trace.snapshot.matches('over')) assert.ok(isTold, names.join(', '));
  },
  'no set is sent, and none is said to be there': (trace) => {
    assert.ok(namesOf(trace).every((name) => !name.startsWith('do.') && name !== 'say.syn_m_c_e'));
  },
});
const sets = model<typeof conformWorkerSetsMachine>({
  'no round begins without permission': isPermitted,
  'files are sent behind an announcement that was taken': (trace) => {
    const names = namesOf(trace);
    const sent = names.findIndex((name) => name.startsWith('do.sendSet'));
    if (sent < 0) return;
    assert.match(names.slice(0, sent).join(', '), /say\.syn_m_c(?:\.\w+)?, hear\.ok$/);
  },
  'a file that came is taken away by the next round': (trace) => {
    const names = namesOf(trace);
    const isRemoved = names.includes('do.sendSet.withoutFile');
    if (isRemoved) assert.ok(names.includes('do.sendSet.withFile'), names.join(', '));
    if (trace.snapshot.matches('over') && names.includes('do.sendSet.withFile')) assert.ok(isRemoved);
  },
});

const agentInfo = model<typeof conformWorkerAgentInfoMachine>({
  'agent-info is named with permission only': (trace) => {
    const names = namesOf(trace);
    const named = names.indexOf('hear.syn_a_w_m');
    if (named >= 0) assert.equal(names[named - 1], 'say.ok.syn_a_w_m_p.granted');
  },
  'nothing that a worker told is said to be stored': (trace) => {
    assert.ok(namesOf(trace).every((name) => name !== 'say.syn_m_a_e'));
  },
});
const agentGroups = model<typeof conformWorkerAgentGroupsMachine>({
  'everything is sent to who has asked for it, or cannot be read': (trace) => {
    const names = namesOf(trace);
    if (trace.snapshot.matches('overwriting')) assert.ok(names.includes('say.ok.syn_w_g_c'));
  },
});
const requests = model<typeof conformWorkerRequestsMachine>({
  'a request is answered once, behind its reply': (trace) => {
    const names = namesOf(trace);
    const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
    assert.ok(count(/^hear\.dapi_/) <= count(/^say\.dapi(?:$|\.unknownMethod|\.toCancel)/), names.join(', '));
  },
});

conformanceTest(conformWorkerHelloMachine, hello);
conformanceTest(conformWorkerSessionMachine, model<typeof conformWorkerSessionMachine>(isOverWhenClosed));
conformanceTest(conformWorkerKeepaliveMachine, keepalive);
conformanceTest(conformWorkerIntegrityMachine, integrity);
conformanceTest(conformWorkerRoundsMachine, rounds);
conformanceTest(conformWorkerSetsMachine, sets);
conformanceTest(conformWorkerAgentInfoMachine, agentInfo);
conformanceTest(conformWorkerAgentGroupsMachine, agentGroups);
conformanceTest(conformWorkerRequestsMachine, requests);
