import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { homeOption, jsonOption } from './home-option.ts';
import type { InitOptions, InitReport } from './init-home.ts';
import { print, printJson } from './output.ts';

const HELP = `
A master without --key gets a new key of 32 random characters; it is printed once, and stands in etc/ossec.conf.
A worker needs the master's key and address. What is in the home already is left alone; if it has been set up before,
--force is needed: it writes etc/ossec.conf and etc/cluster.json anew, keeps the old ones beside them, and keeps the
key unless --key gives another. Other files are never replaced.

Examples:
  $ muster init --home /tmp/master --role master --name master --bind 127.0.0.1 --port 1516
  $ muster init --home /tmp/worker1 --role worker --name worker1 --master 127.0.0.1:1516 --key <key>
  $ MUSTER_KEY=<key> muster init --home /tmp/worker2 --role worker --name worker2 --master 10.0.0.1:1516
`;

/** `muster init`: lays out a home. */
export function initCommand(): Command {
  return new Command('init')
    .summary('lay out the home directory of a new node')
    .description('Lays out the home directory of a node and writes its configuration.')
    .addOption(homeOption())
    .addOption(
      new Option('--role <role>', 'what the node is').choices(['master', 'worker']).makeOptionMandatory(),
    )
    .requiredOption('--name <name>', "the node's name, its own in the cluster")
    .option('--cluster <name>', 'the name of the cluster, the same on all nodes', 'wazuh')
    .option('--bind <host>', 'the address that a master listens on (default: 0.0.0.0)')
    .option(
      '--port <port>',
      'the port that the master listens on, and that workers connect to (default: 1516)',
    )
    .option('--master <host:port>', 'where a worker finds the master; the port may be left out')
    .addOption(
      new Option('--key <key>', 'the key of the cluster: 32 of A-Z a-z 0-9 _, the same on all nodes').env(
        'MUSTER_KEY',
      ),
    )
    .option('--force', 'write the configuration of a home anew that has one', false)
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: InitOptions & { json?: true }) => {
      const { initHome } = await import('./init-home.ts');
      // What is written anew must not be what a node goes by at this moment.
      const { lockHome } = await import('../node/home-lock.ts');
      const unlock = options.force && existsSync(options.home) ? lockHome(resolve(options.home)) : () => {};
      const report = await initHome(options).finally(unlock);
      if (options.json) printJson(report);
      else print(describe(report));
    });
}

function describe(report: InitReport): string {
  const lines = [
    `${report.home} is the home of ${report.role} ${report.name} of cluster ${report.cluster}.`,
    '',
  ];
  for (const path of report.written) lines.push(`  written  ${path}`);
  for (const path of report.kept) lines.push(`  kept     ${path}`);
  if (report.generatedKey !== null) {
    lines.push('', `Key of the cluster, for its other nodes: ${report.generatedKey}`);
  }
  if (report.hasOtherKey) {
    lines.push(
      '',
      'The key of this home was replaced by the one of --key; the old one stands in the file that was kept.',
      'Nodes that hold the old key are refused: give them the new one too, or follow docs/configuration.md, accepted_keys.',
    );
  }
  lines.push('', 'Next:');
  if (report.role === 'master') {
    const { host, port } = report.master;
    lines.push(
      '  put rules, decoders, lists and groups into etc/ of the home, and start the node:',
      `    muster node --home ${report.home}`,
      '  set up a worker, with an address at which it reaches this node:',
      `    muster init --home <dir> --role worker --name <name> --cluster ${report.cluster} --master ${host}:${port} --key <key>`,
    );
  } else {
    lines.push(
      '  start the node; its files become those of the master:',
      `    muster node --home ${report.home}`,
    );
  }
  return lines.join('\n');
}
