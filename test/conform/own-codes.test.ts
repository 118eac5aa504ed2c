import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectation, fits } from '../../src/conform/hearing.ts';
import { originalWords } from '../../src/conform/original-words.ts';
import type { Asked } from '../../src/conform/peer.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { conformTo, departures } from './scripted-trial.ts';
import { StubTalk } from './stub-talk.ts';

const WORDS = "invalid literal for int() with base 10: b'many'";
const TO_MALFORMED = /^conform-session: say\.new_str\.malformed/;
const EITHER = ['err 3108, told as 1000', `err 1000 (${WORDS})`];

/** How the paths end in which something malformed is said, where it is refused so. */
async function toMalformed(malformed?: MusterError) {
  const { paths } = await conformTo({ malformed }, { only: TO_MALFORMED }, 'wazuh4');
  return paths.map(({ steps, outcome, expected, got }) => [steps.at(-1), outcome, expected, got]);
}

// Each has a master of its own, and most of their time waits for agent-groups that it does not send.
describe('a node that speaks wazuh4, and refuses what is malformed', { concurrency: true }, () => {
  it('does not depart otherwise', async () => {
    const report = await conformTo({}, {}, 'wazuh4');
    assert.deepEqual(departures(report), []);
    assert.ok(report.paths.filter(({ outcome }) => outcome === 'conforms').length > 10);
  });

  it('conforms by its own code beside the 1000 of an original', async () => {
    assert.deepEqual(await toMalformed(), [
      ['hear.err.3108', 'conforms', [], null],
      ['hear.err.1000.notANumber', 'otherwise', [EITHER[1]], 'err 3108 (new_str: not a size: "many")'],
    ]);
  });

  it('conforms by the words of an original', async () => {
    assert.deepEqual(await toMalformed(new MusterError(1000, WORDS)), [
      ['hear.err.3108', 'otherwise', [EITHER[0]], `err 1000 (${WORDS})`],
      ['hear.err.1000.notANumber', 'conforms', [], null],
    ]);
  });

  const wrong: readonly [what: string, told: MusterError, got: string][] = [
    ['another code of its own', new MusterError(3113, 'a string'), 'err 3113 (a string)'],
    ['an internal error', new MusterError(1000, 'x is undefined'), 'err 1000 (x is undefined)'],
    ['an internal error of which it says nothing', new MusterError(1000), 'err 1000'],
    ['its own code with other words', new MusterError(1000, '3108 - Bad'), 'err 1000 (3108 - Bad)'],
    ['another code of an original', new MusterError(3036), 'err 3036'],
    ['the words of an original by another code', new MusterError(3027, WORDS), `err 3027 (${WORDS})`],
  ];
  for (const [what, told, got] of wrong)
    it(`departs by ${what}`, async () => {
      assert.deepEqual(await toMalformed(told), [
        ['hear.err.3108', 'departs', EITHER, got],
        ['hear.err.1000.notANumber', 'departs', EITHER, got],
      ]);
    });
});

/** What Wazuh 4.7.5 says, word for word. */
const SAID: Readonly<Record<string, string>> = {
  notANumber: WORDS,
  notJson: 'Expecting value: line 1 column 1 (char 0)',
  tooFewWords: 'not enough values to unpack (expected 4, got 2)',
  unknownString: "b'4294967280'",
  unknownFile: "b'/queue/cluster/worker/none'",
  unknownClient: "'request4294967280'",
};

describe('what an original says where it has no code', () => {
  const to: Asked = { counter: 1, command: null, args: null, isAside: false };
  const talk = new StubTalk();
  const isTaken = (step: string, code: number, detail: string | null) =>
    fits(step, { kind: 'err', to, error: new MusterError(code, detail) }, talk);

  it('is known by all of its names', () => {
    assert.deepEqual(Object.keys(originalWords).sort(), Object.keys(SAID).sort());
  });

  for (const [name, words] of Object.entries(SAID))
    it(`is taken as ${name} word for word, and by no other name`, () => {
      const step = `hear.err.1000.${name}`;
      assert.equal(expectation(step, talk), `err 1000 (${words})`);
      assert.ok(isTaken(step, 1000, words));
      for (const other of [null, '', `${words} `, ...Object.values(SAID).filter((one) => one !== words)])
        assert.equal(isTaken(step, 1000, other), false, `${other}`);
      for (const code of [3027, 3036, 3108]) assert.equal(isTaken(step, code, words), false, `${code}`);
    });
});
