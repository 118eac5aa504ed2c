import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { MAX_CARE_MS } from '../../agents/limits.ts';
import { storePath } from '../../agents/paths.ts';
import type { AgentStore } from '../../agents/store.ts';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';
import { seconds } from '../seconds.ts';
import { STORE_PROBE_S } from '../store-probe.ts';

interface BackupOptions {
  home: string;
  timeout: number;
  json?: true;
}

const HELP = `
The copy is compressed and appears in backup/db when it is whole. Old copies are not removed. What is waited for, and for
how long at most, is told on standard error; a store that does not answer at all is given up after ${STORE_PROBE_S} seconds.

Examples:
  $ muster store backup --home /var/ossec
  $ muster store backup --home /var/ossec --timeout 60 --json
`;

/** The whole database is copied and compressed; the embedded store gives itself as long. */
const BACKUP_TIMEOUT_S = MAX_CARE_MS / 1_000;

/** `muster store backup`: a copy of the database of agents. */
export function backupCommand(): Command {
  return new Command('backup')
    .summary('write a copy of the database of agents')
    .description('Writes a compressed copy of the database of agents, while it is in use.')
    .option('--timeout <seconds>', 'time for the copy to be written', seconds, BACKUP_TIMEOUT_S)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ home, timeout, json }: BackupOptions) => {
      const { withStore } = await import('../with-store.ts');
      const socket = storePath(resolve(home), 'socket');
      tell(`Waiting for ${socket} to answer, for at most ${STORE_PROBE_S} s.`);
      const backUp = (store: AgentStore) => {
        tell(`It answers. Waiting for it to write the copy, for at most ${timeout} s.`);
        return store.backup();
      };
      const path = await withStore(home, backUp, { timeoutMs: timeout * 1_000 });
      if (json) printJson({ path });
      else print(`Written: ${join(resolve(home), path)}`);
    });
}

/** Beside the result, which programs read. */
const tell = (words: string) => process.stderr.write(`muster: ${words}\n`);
