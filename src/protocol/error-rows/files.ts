import type { ErrorRows } from './row.ts';

/** Codes of files of rules, decoders, lists and groups. */
export const filesErrors: ErrorRows = {
  1800: [
    'bad-list',
    'The list is malformed',
    'A line of a list is not of the form `key:value`.',
    'Repair the line that the detail names.',
  ],
  1905: [
    'file-exists',
    'The file exists already',
    'A file was to be written without leave to replace it, and is there.',
    'Say that it may be overwritten, or use another name.',
  ],
  1906: [
    'no-such-file',
    'No such file',
    'A file is meant that does not exist.',
    'Compare the name with the list of files.',
  ],
};
