import assert from 'node:assert/strict';
import type { AnyStateMachine } from 'xstate';
import { conformAgentGroupsMachine } from '../../machines/conformance/agent-groups.ts';
import { conformAgentInfoMachine } from '../../machines/conformance/agent-info.ts';
import { conformFilesMachine } from '../../machines/conformance/files.ts';
import { conformHelloMachine } from '../../machines/conformance/hello.ts';
import { conformIntegrityMachine } from '../../machines/conformance/integrity.ts';
import { conformRequestsMachine } from '../../machines/conformance/requests.ts';
import { conformSessionMachine } from '../../machines/conformance/session.ts';
import { conformSetsMachine } from '../../machines/conformance/sets.ts';
import { conformStringsMachine } from '../../machines/conformance/strings.ts';
import type { Model } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { conformanceTest, namesOf } from './conformance-model.ts';
import { lastEvent } from './trace.ts';

/** What is answered: all that is said but answers, and what is done in several steps, which end with one. */
const isQuestion = (name: string) =>
  name.startsWith('do.') || (name.startsWith('say.') && !/^say\.(?:ok|err)(?:\.|$)/.test(name));

const invariants = {
  'a connection that was closed is the end, and nothing else is': (trace: Trace) => {
    const isClosed = lastEvent(trace)?.type === 'hear.closed';
    assert.equal(trace.snapshot.status === 'done', isClosed);
  },
  'each answer belongs to one question, which was asked before it': (trace: Trace) => {
    let open = 0;
    for (const name of namesOf(trace)) {
      if (isQuestion(name)) open += 1;
      else if (/^hear\.(?:ok|err)(?:\.|$)/.test(name)) open -= 1;
      assert.ok(open >= 0, `${name} answers nothing: ${namesOf(trace).join(', ')}`);
    }
  },
};

const model = <Machine extends AnyStateMachine>(more: Model<Machine>['invariants']) => ({
  ...invariants,
  ...more,
});

const hello = model<typeof conformHelloMachine>({
  'whoever was refused is not admitted on the same connection': (trace) => {
    const names = namesOf(trace);
    const refusedAt = names.findIndex((name) => /^hear\.err\.(?:302[89]|303[01]|3105)$/.test(name));
    if (refusedAt >= 0 && !names.slice(0, refusedAt).includes('hear.ok'))
      assert.ok(!trace.snapshot.matches('admitted'), names.join(', '));
  },
});
const strings = model<typeof conformStringsMachine>({
  'a string is complete when its last piece was taken': (trace) => {
    const [last, before] = namesOf(trace).reverse();
    const isLastPiece = before === 'say.str_upd.rest' || before === 'say.str_upd.tooMuch';
    assert.equal(trace.snapshot.matches('complete'), last === 'hear.ok' && isLastPiece);
  },
});
const integrity = model<typeof conformIntegrityMachine>({
  'a round runs once it was begun, and until it was given up': (trace) => {
    const names = namesOf(trace);
    if (trace.snapshot.matches('running')) assert.ok(names.includes('say.syn_i_w_m'), names.join(', '));
    if (trace.snapshot.matches('free')) assert.equal(names.at(-2), 'say.syn_i_w_m_r');
  },
});
const sets = model<typeof conformSetsMachine>({
  'what the master says of a round belongs to one that was begun': (trace) => {
    const names = namesOf(trace);
    const told = names.findIndex((name) => name.startsWith('hear.syn_m_c'));
    if (told >= 0) assert.ok(names.slice(0, told).includes('say.syn_i_w_m'), names.join(', '));
  },
});
const files = model<typeof conformFilesMachine>({
  'a file is done when its end was taken, by the digest of what was sent': (trace) => {
    const [last, before] = namesOf(trace).reverse();
    assert.equal(trace.snapshot.matches('done'), last === 'hear.ok' && before === 'say.file_end');
  },
  'only what was cut off in the middle is resumed': (trace) => {
    const names = namesOf(trace);
    const resumed = names.indexOf('hear.ok.resumed');
    if (resumed >= 0) assert.ok(names.slice(0, resumed).includes('say.file_upd.first'), names.join(', '));
  },
});
const agentInfo = model<typeof conformAgentInfoMachine>({
  'a result belongs to a string that was named with permission': (trace) => {
    const names = namesOf(trace);
    const told = names.findIndex((name) => name.startsWith('hear.syn_m_a'));
    if (told < 0) return;
    assert.ok(names.slice(0, told).includes('hear.ok.granted'), names.join(', '));
    assert.ok(
      names.slice(0, told).some((name) => /^say\.syn_a_w_m(?:\.unknown)?$/.test(name)),
      names.join(', '),
    );
  },
});
const agentGroups = model<typeof conformAgentGroupsMachine>({
  'everything is sent to who asks for it': (trace) => {
    const names = namesOf(trace);
    const count = (wanted: string) => names.filter((name) => name === wanted).length;
    assert.ok(count('hear.syn_g_m_w_c') <= count('say.syn_w_g_c'), names.join(', '));
  },
});
const requests = model<typeof conformRequestsMachine>({
  'a request is answered once, behind its reply': (trace) => {
    const names = namesOf(trace);
    const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
    assert.ok(count(/^hear\.dapi_/) <= count(/^say\.dapi(?:$|\.unknown)/), names.join(', '));
  },
});

conformanceTest(conformHelloMachine, hello);
conformanceTest(conformSessionMachine, invariants);
conformanceTest(conformStringsMachine, strings);
conformanceTest(conformIntegrityMachine, integrity);
conformanceTest(conformSetsMachine, sets);
conformanceTest(conformFilesMachine, files);
conformanceTest(conformAgentInfoMachine, agentInfo);
conformanceTest(conformAgentGroupsMachine, agentGroups);
conformanceTest(conformRequestsMachine, requests);
