import { Command } from 'commander';
import { homeOption, jsonOption } from './home-option.ts';

/** What every verb within a command takes. */
export interface VerbOptions {
  home: string;
  json?: true;
}

/** A verb within a command, such as `list` of `muster groups`. */
export const verb = (name: string, summary: string): Command =>
  new Command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .addOption(homeOption())
    .addOption(jsonOption());
