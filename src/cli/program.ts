import { Command } from 'commander';
import { packageVersion } from '../version.ts';
import { agentsCommand } from './agents.ts';
import { apiCommand } from './api.ts';
import { conformCommand } from './conform.ts';
import { demoCommand } from './demo.ts';
import { diffCommand } from './diff.ts';
import { exitCodesHelp } from './exit-code.ts';
import { filesCommand } from './files.ts';
import { groupsCommand } from './groups.ts';
import { healthCommand } from './health.ts';
import { initCommand } from './init.ts';
import { keyCommand } from './key.ts';
import { logsCommand } from './logs.ts';
import { machinesCommand } from './machines.ts';
import { nodeCommand } from './node.ts';
import { nodesCommand } from './nodes.ts';
import { requestCommand } from './request.ts';
import { sendFileCommand } from './send-file.ts';
import { simCommand } from './sim.ts';
import { statusCommand } from './status.ts';
import { storeCommand } from './store.ts';
import { syncCommand } from './sync.ts';
import { traceCommand } from './trace.ts';
import { speakAsMuster } from './usage.ts';
import { watchCommand } from './watch.ts';

const EXAMPLES = `
Examples:
  See it work, in a temporary folder, with nothing to prepare:
    $ muster demo

  A master and a worker by hand, on one machine:
    $ muster init --home /tmp/master --role master --name master --bind 127.0.0.1
    $ muster init --home /tmp/worker1 --role worker --name worker1 --master 127.0.0.1:1516 --key <the key that it printed>
    $ muster node --home /tmp/master          # each in a terminal of its own
    $ muster node --home /tmp/worker1
    $ muster nodes --home /tmp/master
`;

/** The whole command line. It throws CommanderError where commander itself would exit. */
export function buildProgram(): Command {
  const program = new Command('muster')
    .description(
      'Keeps a group of manager nodes in step: one master owns the agent keys, shared configuration, rules, decoders and lists; any number of workers receive them and stay equal to it.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also `muster help <command>`')
    .addHelpText('after', `${EXAMPLES}${exitCodesHelp}`)
    // Options belong to the command behind which they stand.
    .enablePositionalOptions();
  for (const command of [
    initCommand(),
    nodeCommand(),
    nodesCommand(),
    statusCommand(),
    healthCommand(),
    diffCommand(),
    syncCommand(),
    filesCommand(),
    sendFileCommand(),
    agentsCommand(),
    groupsCommand(),
    requestCommand(),
    keyCommand(),
    logsCommand(),
    watchCommand(),
    apiCommand(),
    storeCommand(),
    machinesCommand(),
    traceCommand(),
    demoCommand(),
    simCommand(),
    conformCommand(),
  ]) {
    program.addCommand(command);
  }
  speakAsMuster(program);
  return program;
}
