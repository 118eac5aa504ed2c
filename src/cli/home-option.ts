import { Option } from 'commander';

/** `--home DIR`, the same in every command; MUSTER_HOME stands in for it. */
export function homeOption(): Option {
  return new Option('--home <dir>', 'the home directory of the node')
    .env('MUSTER_HOME')
    .makeOptionMandatory();
}

/** `--json`, the same in every command. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON for programs instead of words for people');
}
