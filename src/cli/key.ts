import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CLUSTER_KEY } from '../config/schema/cluster-section.ts';
import { MusterError } from '../protocol/errors.ts';
import { UsageError } from './exit-code.ts';
import { print, printJson, table } from './output.ts';
import { type VerbOptions, verb } from './verb.ts';

const HELP = `
To change the key of a cluster without a stop, one node after the other in each of the three steps:
  1. accept the new key everywhere: \`muster key generate\` on one node prints it, \`muster key add\` on the others
  2. use it everywhere:             \`muster key use ID\`; the old one is still accepted
  3. forget the old one everywhere: \`muster key remove ID\`
Keys are told apart by identifiers, which give nothing of them away. A running node takes up what has changed at once, for
connections that are made from then on: those that are there stay. Certificates, where nodes use these, are not keys.

Examples:
  $ muster key list --home /var/ossec
  $ muster key generate --home /var/ossec
  $ MUSTER_KEY=<the new key> muster key add --home /var/ossec
  $ muster key use 5f0c21aa --home /var/ossec
  $ muster key remove 91b7d3e0 --home /var/ossec
`;

/** `muster key`: which cluster keys a node uses and accepts. */
export function keyCommand(): Command {
  const command = new Command('key')
    .summary('change the cluster key without a stop')
    .description('Lists, makes, uses and removes keys of the cluster at one node.')
    .addHelpText('after', HELP);
  const verbs = [listCommand(), generateCommand(), addCommand(), useCommand(), removeCommand()];
  for (const verb of verbs) command.addCommand(verb);
  return command;
}

async function keysOf(home: string) {
  const { ClusterKeys } = await import('../node/cluster-keys.ts');
  return new ClusterKeys(resolve(home));
}

function listCommand(): Command {
  return verb('list', 'list the keys of the node by their identifiers').action(
    async ({ home, json }: VerbOptions) => {
      const keys = (await (await keysOf(home)).list()).map(({ id, isUsed }) => ({ id, used: isUsed }));
      if (json) return printJson(keys);
      print(
        table(
          ['KEY', 'USE'],
          keys.map(({ id, used }) => [id, used ? 'used' : 'accepted']),
        ),
      );
    },
  );
}

function generateCommand(): Command {
  return verb('generate', 'make a key, accept it, and print it once').action(
    async ({ home, json }: VerbOptions) => {
      const { makeKey } = await import('./make-key.ts');
      const { id, key } = await (await keysOf(home)).add(makeKey());
      const isTold = await tellNode(home);
      if (json) return printJson({ id, key, told: isTold });
      print(`Key ${id} is accepted${whetherTold(isTold)}. On the other nodes:`);
      print(`  MUSTER_KEY=${key} muster key add --home DIR`);
    },
  );
}

function addCommand(): Command {
  return verb('add', 'accept a key that another node has made')
    .argument('[key]', 'the key; better in MUSTER_KEY, where others do not see it', clusterKey)
    .action(async (given: string | undefined, { home, json }: VerbOptions) => {
      const key = given ?? process.env.MUSTER_KEY;
      if (key === undefined) throw new UsageError('which key? put it into MUSTER_KEY');
      const { id } = await (await keysOf(home)).add(clusterKey(key));
      const isTold = await tellNode(home);
      if (json) printJson({ id, told: isTold });
      else print(`Key ${id} is accepted${whetherTold(isTold)}.`);
    });
}

function clusterKey(text: string): string {
  if (CLUSTER_KEY.test(text)) return text;
  throw new InvalidArgumentError('A key of 32 of A-Z a-z 0-9 _ is needed.');
}

function useCommand(): Command {
  return verb('use', 'connect with an accepted key; the one before stays accepted')
    .argument('<id>', 'its identifier')
    .action(async (wanted: string, { home, json }: VerbOptions) => {
      const { id } = await (await keysOf(home)).use(wanted);
      const isTold = await tellNode(home);
      if (json) printJson({ id, used: true, told: isTold });
      else print(`Key ${id} is used${whetherTold(isTold)}.`);
    });
}

function removeCommand(): Command {
  return verb('remove', 'accept a key no more')
    .argument('<id>', 'its identifier')
    .action(async (wanted: string, { home, json }: VerbOptions) => {
      const { id } = await (await keysOf(home)).remove(wanted);
      const isTold = await tellNode(home);
      if (json) printJson({ id, removed: true, told: isTold });
      else print(`Key ${id} is removed${whetherTold(isTold)}.`);
    });
}

const whetherTold = (isTold: boolean) =>
  isTold ? '' : '; the node is not running and takes it up when it starts';

/** Lets the running node look at its configuration; false if none is running. Rejects with 3009 if it may not be told. */
async function tellNode(home: string): Promise<boolean> {
  const { servingProcess } = await import('../node/home-lock.ts');
  const pid = servingProcess(resolve(home));
  if (pid === null) return false;
  try {
    process.kill(pid, 'SIGHUP');
    return true;
  } catch (error) {
    const words = `process ${pid}: the keys are written, and it could not be told; send it SIGHUP`;
    throw new MusterError(3009, words, { cause: error });
  }
}
