import type { Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';

/** Columns of the help, whatever terminal this runs in. */
const HELP_WIDTH = 110;

/** Every command of `muster` with its help, as it is printed. */
export function describeCli(): string {
  return ownCommands(buildProgram())
    .flatMap((command) => describeCommand(command, 'muster'))
    .join('\n\n');
}

function describeCommand(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  const heading = `${'#'.repeat(name.split(' ').length + 1)} \`${name}\``;
  const inner = ownCommands(command).flatMap((verb) => describeCommand(verb, name));
  return [`${heading}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``, ...inner];
}

/** All but `help`, of which each command says enough. */
const ownCommands = ({ commands }: Command) => commands.filter((command) => command.name() !== 'help');

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}
