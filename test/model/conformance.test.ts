import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyStateMachine } from 'xstate';
import { conformAgentGroupsMachine } from '../../machines/conformance/agent-groups.ts';
import { conformAgentInfoMachine } from '../../machines/conformance/agent-info.ts';
import { conformFilesMachine } from '../../machines/conformance/files.ts';
import { conformHelloMachine } from '../../machines/conformance/hello.ts';
import { conformIntegrityMachine } from '../../machines/conformance/integrity.ts';
import { conformRequestsMachine } from '../../machines/conformance/requests.ts';
import { conformSessionMachine } from '../../machines/conformance/session.ts';
import { conformStringsMachine } from '../../machines/conformance/strings.ts';
import { BehaviourTable, stateOf, TABLE_TEST } from '../harness/behaviour-table.ts';
import { edgePaths } from '../harness/graph.ts';
import { graphOptions, type Model, modelTest } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { lastEvent } from './trace.ts';

/** Of both dialects, with all that may be sent: the charts as they are drawn. */
const input = { dialect: null, isActive: true };

const namesOf = ({ events }: Pick<Trace, 'events'>) => events.map(({ type }) => type);
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

const model = <Machine extends AnyStateMachine>(more: Model<Machine>['invariants'] = {}): Model<Machine> =>
  ({ input, key: () => 0, invariants: { ...invariants, ...more } }) as unknown as Model<Machine>;

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

modelTest(conformHelloMachine, hello);
modelTest(conformSessionMachine, model<typeof conformSessionMachine>());
modelTest(conformStringsMachine, strings);
modelTest(conformIntegrityMachine, integrity);
modelTest(conformFilesMachine, files);
modelTest(conformAgentInfoMachine, agentInfo);
modelTest(conformAgentGroupsMachine, agentGroups);
modelTest(conformRequestsMachine, requests);

const MACHINES = [
  conformHelloMachine,
  conformSessionMachine,
  conformStringsMachine,
  conformIntegrityMachine,
  conformFilesMachine,
  conformAgentInfoMachine,
  conformAgentGroupsMachine,
  conformRequestsMachine,
];
/** The models above take every transition. What there is to say in one dialect, and without changing anything, is less. */
for (const machine of MACHINES) {
  describe(`${machine.id} in one dialect`, () => {
    it(TABLE_TEST, () => {
      const table = new BehaviourTable(`${machine.id}-dialects`);
      for (const dialect of ['muster', 'wazuh4'] as const) {
        for (const isActive of [true, false]) {
          const spoken = { ...model(), input: { dialect, isActive } };
          for (const { initial, steps } of edgePaths(machine, graphOptions(spoken as never)).paths) {
            const states = [initial, ...steps.map(({ snapshot }) => snapshot)].map(stateOf);
            steps.forEach(({ event }, index) => {
              const place = `${dialect}${isActive ? ', active' : ''}`;
              table.note(place, `${states[index]} ${event.type}`, `→ ${states[index + 1]}`);
            });
          }
        }
      }
      table.check();
    });
  });
}
