import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOf } from '../../src/cli/conform-report.ts';
import type { ConformReport, NotWalked, PathReport } from '../../src/conform/conform.ts';
import { showsConformance } from '../../src/conform/report.ts';

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

function reportOf(paths: readonly PathReport[], change: Partial<ConformReport> = {}): ConformReport {
  return {
    dialect: 'muster',
    address: '127.0.0.1:1516',
    role: 'master',
    master: { name: 'master', version: '1.0.0' },
    worker: 'conform-0000',
    workerVersion: null,
    isActive: false,
    paths,
    notWalked: [],
    failed: [],
    lost: null,
    unreached: [],
    ...change,
  };
}

const textOf = (...paths: readonly PathReport[]) => [...linesOf(reportOf(paths))].join('\n');

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

describe('what a report comes to', () => {
  const other: PathReport = { ...path, outcome: 'otherwise', got: 'ok', expected: ['err'] };
  const unknown: readonly NotWalked[] = [
    { machine: 'conform-files', steps: ['say.new_file'], why: 'a reason' },
  ];
  const cases: readonly [
    what: string,
    paths: readonly PathReport[],
    change: Partial<ConformReport>,
    isGood: boolean,
    words: RegExp,
  ][] = [
    ['a path that conforms', [path], {}, true, /Nothing departs from the model: 1 paths conform/],
    ['others that do not go to their end', [path, other], { notWalked: unknown }, true, /Nothing departs/],
    ['a path that departs', [path, departed], {}, false, /1 of 2 paths depart from the model/],
    ['no path', [], { notWalked: unknown }, false, /No path was walked to its end: whether this master/],
    ['none that goes to its end', [other], {}, false, /No path was walked to its end/],
    [
      'an end on the way',
      [path],
      { lost: 'it went away', unreached: [...unknown, ...unknown] },
      false,
      /conform-files +0 +0 +0 +0 +2[\s\S]*came to no end: it went away\. The turn of 2 paths[\s\S]*0 of 1 paths depart from the model, and 2 were not walked\./,
    ],
    [
      'a path on which the test fails',
      [path],
      { failed: unknown },
      false,
      /test itself failed.*\n {2}- conform-files: say\.new_file: a reason[\s\S]*on 1 paths the test itself failed/,
    ],
  ];
  for (const [what, paths, change, isGood, words] of cases)
    it(`shows that an implementation conforms, with ${what}: ${isGood}`, () => {
      const report = reportOf(paths, change);
      assert.equal(showsConformance(report), isGood);
      assert.match([...linesOf(report)].join('\n'), words);
    });
});
