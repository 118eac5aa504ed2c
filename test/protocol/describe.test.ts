import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { exampleBytes, exampleDigest } from '../../src/protocol/commands/examples.ts';
import { commandNames, commandSpec, receives } from '../../src/protocol/commands.ts';
import { describeCommands, describeErrors, describeExamples } from '../../src/protocol/describe.ts';
import { errorTable } from '../../src/protocol/errors.ts';
import { isCommand } from '../../src/protocol/header.ts';

describe('the table of commands', () => {
  test('every name fits the header, every row has a receiver, a sentence and an example that its schemas accept', () => {
    for (const name of commandNames) {
      const { receivers, summary, args, reply, example } = commandSpec(name);
      assert.ok(isCommand(name), name);
      assert.ok(receivers.length > 0, name);
      assert.ok(
        receivers.every((receiver) => receives(receiver, name)),
        name,
      );
      assert.match(summary, /^[A-Z].*\.$/, name);
      assert.deepEqual(args.parse(example.args), example.args, name);
      assert.deepEqual(reply.parse(example.reply), example.reply, name);
    }
  });

  test('the digest in the examples is the one of their content, so that a stranger can try it', () => {
    assert.equal(createHash('blake2b512').update(exampleBytes).digest('hex'), exampleDigest);
  });

  test('the documentation names every command, every shape it uses and every error', () => {
    const commandsText = describeCommands();
    for (const name of commandNames) assert.ok(commandsText.includes(`| \`${name}\` |`), name);
    const shapes = new Set([...commandsText.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map((match) => match[1]));
    for (const [, word] of commandsText.matchAll(/[:`] ?([A-Z][a-zA-Z0-9]+)/g))
      assert.ok(shapes.has(word), word);
    const errorsText = describeErrors();
    for (const code of Object.keys(errorTable)) assert.ok(errorsText.includes(`| ${code} |`), code);
  });

  test('the examples show each command’s payload once as a request and once as a reply', () => {
    const text = describeExamples();
    for (const name of commandNames) {
      assert.match(text, new RegExp(`^${name} request [0-9a-f]+$`, 'm'));
      assert.match(text, new RegExp(`^${name} reply [0-9a-f]+$`, 'm'));
    }
  });

  test('tables stay tables: no cell holds a line break or a bar of its own', () => {
    for (const text of [describeCommands(), describeErrors()]) {
      const widths = text
        .split('\n\n')
        .filter((part) => part.startsWith('|'))
        .map((part) => new Set(part.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length)));
      for (const width of widths) assert.equal(width.size, 1);
    }
  });
});
