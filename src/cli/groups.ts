import { Command } from 'commander';
import { print, printable, printJson, printLines, table, tableLines } from './output.ts';
import { type VerbOptions, verb } from './verb.ts';

const HELP = `
Groups are the directories of etc/shared of the master; whichever node is asked, its answer is that of the master.

Examples:
  $ muster groups list --home /var/ossec
  $ muster groups add web --home /var/ossec
  $ muster groups show web --home /var/ossec          # its agents
  $ muster groups files web --home /var/ossec
  $ muster groups files web agent.conf --home /var/ossec
`;

/** `muster groups`: groups of agents. */
export function groupsCommand(): Command {
  const command = new Command('groups')
    .summary('list, show, add and remove groups of agents, and their files')
    .description('Lists, shows, adds and removes groups of agents, and shows their files.')
    .addHelpText('after', HELP);
  const verbs = [listCommand(), showCommand(), addCommand(), removeCommand(), filesCommand()];
  for (const verb of verbs) command.addCommand(verb);
  return command;
}

function listCommand(): Command {
  return verb('list', 'list all groups').action(async ({ home, json }: VerbOptions) => {
    const { withCluster } = await import('./ask-cluster.ts');
    const { allPages } = await import('./all-pages.ts');
    const groups = await withCluster(home, (client) =>
      allPages((page) => client.request('groups.list', page)),
    );
    if (json) return printJson(groups);
    const rows = groups.map(({ name = '', count, configSum = '—' }) => [name, String(count), configSum]);
    print(table(['GROUP', 'AGENTS', 'CONFIGURATION'], rows));
  });
}

function showCommand(): Command {
  return verb('show', 'list the agents of a group')
    .argument('<group>', 'its name')
    .action(async (group: string, { home, json }: VerbOptions) => {
      const { withCluster } = await import('./ask-cluster.ts');
      const { allPages } = await import('./all-pages.ts');
      const agents = await withCluster(home, (client) =>
        allPages((page) => client.request('groups.agents', { group, ...page })),
      );
      if (json) return printJson(agents);
      const rows = agents.map((agent) => [
        agent.id ?? '—',
        agent.name ?? '—',
        agent.ip ?? '—',
        agent.status ?? '—',
        agent.node_name ?? '—',
      ]);
      await printLines(tableLines(['ID', 'NAME', 'IP', 'STATUS', 'NODE'], rows));
    });
}

function addCommand(): Command {
  return verb('add', 'make a group')
    .argument('<group>', 'its name: letters, digits, dots, underscores and dashes')
    .action(async (name: string, { home, json }: VerbOptions) => {
      const { askCluster } = await import('./ask-cluster.ts');
      const group = await askCluster(home, 'groups.add', { name });
      if (json) printJson(group);
      else print(printable(`Group ${group.name} is made; its files are in etc/shared/${group.name}.`));
    });
}

function removeCommand(): Command {
  return verb('remove', 'remove groups with their files; their agents leave them')
    .argument('<group...>', 'their names')
    .action(async (groups: string[], { home, json }: VerbOptions) => {
      const { askCluster, tellFailures } = await import('./ask-cluster.ts');
      const result = await askCluster(home, 'groups.remove', { groups });
      if (json) printJson(result);
      else for (const name of result.items) print(printable(`Group ${name} is removed.`));
      tellFailures(result);
    });
}

function filesCommand(): Command {
  return verb('files', 'list the files of a group, or print one')
    .argument('<group>', 'its name')
    .argument('[file]', 'the file that is printed')
    .action(async (group: string, filename: string | undefined, { home, json }: VerbOptions) => {
      const { withCluster } = await import('./ask-cluster.ts');
      const { allPages } = await import('./all-pages.ts');
      if (filename !== undefined) {
        const file = await withCluster(home, (client) =>
          client.request('groups.file_get', { group, filename }),
        );
        if (json) printJson(file);
        else process.stdout.write(file.content);
        return;
      }
      const files = await withCluster(home, (client) =>
        allPages((page) => client.request('groups.files', { group, sort: 'filename', ...page })),
      );
      if (json) return printJson(files);
      const rows = files.map(({ filename: name = '', size, hash = '—' }) => [name, String(size), hash]);
      print(table(['FILE', 'BYTES', 'MD5'], rows));
    });
}
