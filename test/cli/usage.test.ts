import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, CommanderError } from 'commander';
import { buildProgram } from '../../src/cli/program.ts';
import { runCommandLine } from '../../src/cli/usage.ts';
import { runMuster } from './run-muster.ts';

function all(command: Command, above: readonly string[] = []): (readonly string[])[] {
  return command.commands.flatMap((inner) => {
    const names = [...above, inner.name()];
    return inner.name() === 'help' ? [] : [names, ...all(inner, names)];
  });
}

/** What a command line says, here and not in a process of its own: there are dozens of them. */
async function said(args: readonly string[]): Promise<{ out: string; err: string; exitCode: number | null }> {
  const program = buildProgram();
  const told = { out: '', err: '', exitCode: null as number | null };
  const listen = (command: Command) => {
    command.configureOutput({
      writeOut: (text) => (told.out += text),
      writeErr: (text) => (told.err += text),
    });
    for (const inner of command.commands) listen(inner);
  };
  listen(program);
  await runCommandLine(program, args).catch((error: unknown) => {
    assert.ok(error instanceof CommanderError, String(error));
    told.exitCode = error.exitCode;
  });
  return told;
}

test('help of a command at any depth is its own, asked for in each of the ways', async () => {
  const paths = all(buildProgram());
  assert.ok(paths.some((path) => path.length > 1));
  for (const path of paths) {
    const { out } = await said([...path, '--help']);
    assert.ok(out.startsWith(`Usage: muster ${path.join(' ')} `), out.slice(0, 80));
    for (let depth = 0; depth < path.length; depth += 1) {
      const asked = [...path.slice(0, depth), 'help', ...path.slice(depth)];
      assert.deepEqual(await said(asked), { out, err: '', exitCode: 0 }, asked.join(' '));
    }
  }
});

const WRONG: readonly (readonly [args: string, words: string, hint: string])[] = [
  ['nope', "unknown command 'nope'\n(Did you mean node?)", 'muster'],
  ['trace nope', "unknown command 'nope'", 'muster trace'],
  ['help trace nope', "unknown command 'nope'", 'muster trace'],
  ['trace show', "missing required argument 'file'", 'muster trace show'],
  ['trace show --nope x', "unknown option '--nope'", 'muster trace show'],
  [
    'sim --workers x',
    "option '--workers <n>' argument 'x' is invalid. A whole number from 1 to 20 is needed.",
    'muster sim',
  ],
  ['sim --seeds 3 --trace', '--trace and --acts are for one seed', 'muster sim'],
];

for (const [args, words, hint] of WRONG) {
  test(`muster ${args}: what is wrong is told behind the name, with whose help to read, as exit code 2`, async () => {
    assert.deepEqual(await runMuster(args.split(' ')), {
      code: 2,
      stdout: '',
      stderr: `muster: ${words}\nTry \`${hint} --help\`.\n`,
    });
  });
}
