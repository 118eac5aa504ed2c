import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOf } from '../../src/cli/conform-report.ts';
import type { ConformReport, PathReport } from '../../src/conform/conform.ts';

const path: PathReport = {
  machine: 'conform-session',
  steps: ['say.echo-c'],
  outcome: 'conforms',
  at: null,
  state: null,
  allowed: [],
  sections: null,
  expected: [],
  got: null,
  differences: [],
  trouble: null,
  tookMs: 1,
};
const departed: PathReport = {
  ...path,
  outcome: 'departs',
  at: 2,
  state: 'askedAfterwards',
  allowed: [
    'askedAfterwards: hear.ok → admitted',
    'askedAfterwards: hear.err.3109 [answersStrayAnswers] → asked.plainly',
  ],
  sections: { muster: 'Requests and replies', wazuh4: 'What is different' },
  expected: ['ok', 'err 3109'],
  got: 'nothing in time',
};

function textOf(...paths: readonly PathReport[]): string {
  const report: ConformReport = {
    dialect: 'muster',
    address: '127.0.0.1:1516',
    role: 'master',
    master: { name: 'master', version: '1.0.0' },
    worker: 'conform-0000',
    workerVersion: null,
    isActive: false,
    paths,
    notWalked: [],
    lost: null,
  };
  return [...linesOf(report)].join('\n');
}

describe('the report of conformance on a terminal', () => {
  it('tells where it departs: step, state, what is allowed there, and how to see the chart', () => {
    assert.ok(
      textOf(departed).includes(
        [
          '',
          'departs: conform-session: say.echo-c',
          '  where:    behind the last step, in the state askedAfterwards',
          '  allowed:  askedAfterwards: hear.ok → admitted',
          '            askedAfterwards: hear.err.3109 [answersStrayAnswers] → asked.plainly',
          '  expected: ok, or err 3109',
          '  got:      nothing in time',
          '  see:      docs/protocol.md, “Requests and replies”',
          '  picture:  muster machines conform-session --svg',
          '',
        ].join('\n'),
      ),
    );
  });

  it('names the step that was being taken, or that none was', () => {
    assert.match(textOf({ ...departed, at: 1 }), /where: {4}step 1, say\.echo-c, in the state/);
    assert.match(textOf({ ...departed, at: 0 }), /where: {4}before the first step, in the state/);
  });

  it('explains the words of its table', () => {
    const text = textOf(path);
    for (const word of ['CONFORM', 'OTHERWISE', 'DEPART']) assert.match(text, new RegExp(`${word}: \\S+`));
    assert.doesNotMatch(text, /departs:/);
  });
});
