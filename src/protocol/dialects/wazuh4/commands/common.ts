import { MAX_HANDLE, MAX_STRING_BYTES } from '../../../limits.ts';
import { bytes, decimal, exactly, exception, field, identifier, or, pair, path, said } from '../codec.ts';
import { row } from './row.ts';

const everyone = ['master', 'worker', 'local-master', 'local-worker', 'local-client'] as const;

/** Handle of a long string: a random number of the receiver, in decimal. */
export const stringId = decimal('string-id', MAX_HANDLE);
const size = field('size', decimal('size', MAX_STRING_BYTES));
const data = field('data', bytes);
const file = field('path', path('/path', '/'));
/** SHA-256 of all content, as it is: not in hexadecimal. */
const SHA256_BYTES = 32;
export const task = identifier('task');

/** What both ends of every connection understand. */
export const commonRows = {
  echo: row(everyone, data, data),
  new_str: row(everyone, size, field('id', stringId)),
  str_upd: row(everyone, pair(field('id', stringId), data), said('String updated')),
  err_str: row(everyone, size, field('id', or(stringId, 'None'))),
  new_file: row(everyone, file, said('Ready to receive new file'), 'ok '),
  file_upd: row(everyone, pair(file, data), said('File updated')),
  file_end: row(
    everyone,
    pair(file, field('digest', exactly('SHA-256', SHA256_BYTES))),
    said('File received correctly'),
  ),
  cancel_task: row(
    everyone,
    pair(field('task', or(task, 'None')), field('error', exception)),
    said('Request received correctly'),
  ),
};
