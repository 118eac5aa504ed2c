import { Command, type CommanderError } from 'commander';
import { ExitCode, UsageError } from './exit-code.ts';

/** What commander begins its words with; those of Muster begin with its name. */
const COMMANDERS_PREFIX = /^error: /;

/**
 * Makes a command, and those below it, tell of a wrong command line as Muster tells of everything: behind its name on
 * standard error, with the help that is wanted next. They throw CommanderError where commander itself would exit.
 */
export function speakAsMuster(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(COMMANDERS_PREFIX, 'muster: ')) })
    .showHelpAfterError(`Try \`${pathOf(command)} --help\`.`);
  // Of commander's own help, `help trace show` is that of `trace`.
  if (command.commands.length > 0) command.helpCommand(false).addCommand(helpCommand(command));
  for (const inner of command.commands) speakAsMuster(inner);
}

/** Parses and runs. What a command finds wrong in its line is told as what commander finds. */
export async function runCommandLine(program: Command, args: readonly string[]): Promise<void> {
  let acting = program;
  program.hook('preAction', (_, command) => {
    acting = command;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof UsageError) acting.error(`error: ${error.message}`);
    throw error;
  }
}

/** The exit code of what commander threw, after it has said what it had to say. */
export const exitCodeOfCommander = ({ exitCode }: CommanderError): number =>
  exitCode === 0 ? ExitCode.ok : ExitCode.usage;

/** `muster trace show` */
function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

function helpCommand(above: Command): Command {
  return new Command('help')
    .description('display help for a command, or for one below it')
    .argument('[command...]')
    .action((names: string[]) => {
      let found = above;
      for (const name of names) {
        const inner = found.commands.find(
          (command) => command.name() === name || command.aliases().includes(name),
        );
        if (inner === undefined) found.error(`error: unknown command '${name}'`);
        else found = inner;
      }
      found.help();
    });
}
