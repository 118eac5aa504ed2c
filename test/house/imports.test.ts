import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaintAbout, sourcesOf, specifiersOf } from './imports.ts';

const root = new URL('../../', import.meta.url);

describe('imports', () => {
  it('go only where the house allows', async () => {
    const complaints: string[] = [];
    for (const [path, source] of await sourcesOf(root, 'machines', 'src')) {
      for (const specifier of specifiersOf(source)) {
        const complaint = complaintAbout(path, specifier);
        if (complaint !== null) complaints.push(complaint);
      }
    }
    assert.deepEqual(complaints, []);
  });

  const violations: [path: string, specifier: string, why: string][] = [
    ['machines/transfer/a.ts', '../../src/protocol/errors.ts', 'machines know no protocol'],
    ['machines/transfer/a.ts', 'node:net', 'machines do not touch the world'],
    ['machines/transfer/a.ts', '@xstate/graph', 'machines run without the tools of their tests'],
    ['src/protocol/a.ts', 'node:net', 'the protocol has no sockets'],
    ['src/protocol/a.ts', 'node:timers/promises', 'the protocol has no timers'],
    ['src/protocol/a.ts', '../../machines/failure.ts', 'the protocol knows no machine'],
    ['src/protocol/a.ts', '../transport/transport.ts', 'the protocol knows no transport'],
    ['src/protocol/dialects/a.ts', '../../config/load.ts', 'a way up is a way out'],
    ['src/transport/a.ts', '../node/channel.ts', 'a transport does not know who uses it'],
    ['src/files/a.ts', '../../machines/failure.ts', 'only src/node gives machines their effects'],
    [
      'src/cli/a.ts',
      '../../machines/periodic.ts',
      'the command line talks to the daemon, not to its machines',
    ],
    ['src/cli/a.ts', 'lodash', 'a package that the ledger does not know'],
    ['src/elsewhere/a.ts', './b.ts', 'a folder without a place in the house'],
  ];
  for (const [path, specifier, why] of violations) {
    it(`from ${path} of ${specifier} are refused: ${why}`, () => {
      assert.notEqual(complaintAbout(path, specifier), null);
    });
  }

  it('are found however they are written', () => {
    const source = `
import 'one';
import a, { type B } from 'two';
import type { C } from "three";
import {
  d,
  e,
} from 'four';
export * from 'five';
export { f } from 'six';
const g = await import('seven');
const h = require('eight');
new Worker(new URL('./nine.ts', import.meta.url));
// import 'no-comment';
/* import 'nor-this'; */
const text = "from 'nowhere'";
export const from = 'nothing';
`;
    assert.deepEqual(specifiersOf(source), [
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      './nine.ts',
    ]);
  });
});
