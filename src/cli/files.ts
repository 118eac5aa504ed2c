import { readFileSync } from 'node:fs';
import { Argument, Command } from 'commander';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import type { FileKind } from '../requests/file-shapes.ts';
import { fileText } from '../requests/file-text.ts';
import { print, printable, printJson, table } from './output.ts';
import { type VerbOptions, verb } from './verb.ts';

const HELP = `
They are the files of the master, whichever node is asked: a worker's are overwritten by the next sync. Rules and decoders
have to be XML as the original reads it (several roots, a lone < or & are allowed), lists lines of key:value.

Examples:
  $ muster files list rules --home /var/ossec
  $ muster files get rules local_rules.xml --home /var/ossec
  $ muster files put decoders mine.xml ./mine.xml --home /var/ossec
  $ muster files delete lists old-list --home /var/ossec
`;

/** `muster files`: the custom ruleset. */
export function filesCommand(): Command {
  const command = new Command('files')
    .summary('list, read, write and delete custom rules, decoders and lists')
    .description('Lists, reads, writes and deletes custom rules, decoders and lists, on the master.')
    .addHelpText('after', HELP);
  for (const verb of [listCommand(), getCommand(), putCommand(), deleteCommand()]) command.addCommand(verb);
  return command;
}

const kindArgument = () => new Argument('<kind>', 'what kind').choices(['rules', 'decoders', 'lists']);
const verbOf = (name: string, summary: string) => verb(name, summary).addArgument(kindArgument());

function listCommand(): Command {
  return verbOf('list', 'list the files of a kind').action(
    async (kind: FileKind, { home, json }: VerbOptions) => {
      const { withCluster } = await import('./ask-cluster.ts');
      const { allPages } = await import('./all-pages.ts');
      const files = await withCluster(home, (client) =>
        allPages((page) => client.request('files.list', { kind, sort: 'filename', ...page })),
      );
      if (json) return printJson(files);
      const rows = files.map(({ filename = '', size, modified = '' }) => [filename, String(size), modified]);
      print(table(['FILE', 'BYTES', 'MODIFIED'], rows));
    },
  );
}

function getCommand(): Command {
  return verbOf('get', 'print a file')
    .argument('<file>', 'its name below the directory of its kind')
    .action(async (kind: FileKind, filename: string, { home, json }: VerbOptions) => {
      const { askCluster } = await import('./ask-cluster.ts');
      const file = await askCluster(home, 'files.get', { kind, filename });
      if (json) printJson(file);
      else process.stdout.write(file.content);
    });
}

const STANDARD_INPUT = 0;

function putCommand(): Command {
  return verbOf('put', 'write a file')
    .argument('<file>', 'its name below the directory of its kind')
    .argument('<source>', 'the file whose content it gets; - reads standard input')
    .option('--overwrite', 'replace it if it is there', false)
    .action(
      async (
        kind: FileKind,
        filename: string,
        source: string,
        { home, json, overwrite }: VerbOptions & { overwrite: boolean },
      ) => {
        const content = read(source);
        const { askCluster } = await import('./ask-cluster.ts');
        const file = await askCluster(home, 'files.put', { kind, filename, content, overwrite });
        if (json) printJson(file);
        else print(printable(`${file.path} is written; workers have it after their next sync.`));
      },
    );
}

function read(source: string): string {
  try {
    return fileText(source, readFileSync(source === '-' ? STANDARD_INPUT : source));
  } catch (error) {
    if (error instanceof MusterError) throw error;
    throw fileSystemError(source, error);
  }
}

function deleteCommand(): Command {
  return verbOf('delete', 'delete a file')
    .argument('<file>', 'its name below the directory of its kind')
    .action(async (kind: FileKind, filename: string, { home, json }: VerbOptions) => {
      const { askCluster } = await import('./ask-cluster.ts');
      const file = await askCluster(home, 'files.delete', { kind, filename });
      if (json) printJson(file);
      else print(printable(`${file.path} is deleted; workers follow with their next sync.`));
    });
}
