import { parseArgs } from 'node:util';
import { runNode } from '../../src/node/run.ts';
import { TestMethods } from './test-methods.ts';

/** `muster node`, with the methods of tests beside its own. */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { home: { type: 'string' } },
});
if (values.home === undefined) throw new Error('--home is missing');
process.exitCode = await runNode({
  home: values.home,
  logLevel: null,
  insecure: false,
  terminal: 'json',
  methods: new TestMethods().offered,
});
