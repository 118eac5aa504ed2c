import { InvalidArgumentError, Option } from 'commander';

/** `--home DIR`, the same in every command; MUSTER_HOME stands in for it. */
export function homeOption(): Option {
  return new Option('--home <dir>', 'the home directory of the node')
    .env('MUSTER_HOME')
    .argParser((dir: string) => {
      // As a shell makes it of a variable that is not set: the current directory is hardly what is meant.
      if (dir === '') throw new InvalidArgumentError('It is empty.');
      return dir;
    })
    .makeOptionMandatory();
}

/** `--json`, the same in every command. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON for programs instead of words for people');
}
