import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differences, play, titleOf } from './script.ts';

const SCRIPT = `# What it is about.

say one
----
one

# A remark.
say nothing
----

say two
----
two
`;

const say = async (command: string) => {
  const word = command.replace('say ', '');
  return word === 'nothing' ? [] : [word];
};

describe('a script', () => {
  it('that says what follows is played to itself, with its remarks', async () => {
    assert.equal(await play(SCRIPT, say), SCRIPT);
    assert.equal(titleOf(SCRIPT), 'What it is about.');
  });

  it('of commands alone gets what follows, and so does one that says something else', async () => {
    const bare = SCRIPT.replaceAll(/----\n(?:\w+\n)?/g, '');
    assert.equal(await play(bare, say), SCRIPT);
    assert.equal(await play(SCRIPT.replace('----\ntwo', '----\nthree\nfour'), say), SCRIPT);
  });

  it('whose command fails says which', async () => {
    const refuse = async () => {
      throw new Error('there is no such verb');
    };
    await assert.rejects(play(SCRIPT, refuse), /say one: there is no such verb/);
  });

  it('that differs shows where, with what stands around, so that it is read and not searched for', () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n');
    const now = before.replace('line 10', 'another');
    assert.equal(
      differences(before, now),
      [
        '  …',
        '  line 7',
        '  line 8',
        '  line 9',
        '- line 10',
        '+ another',
        '  line 11',
        '  line 12',
        '  line 13',
        '  …',
      ].join('\n'),
    );
  });
});
