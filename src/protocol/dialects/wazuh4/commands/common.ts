import { MAX_HANDLE, MAX_STRING_BYTES } from '../../../limits.ts';
import { bytes, decimal, exactly, exception, field, identifier, or, pair, path, said } from '../codec.ts';
import { row } from './row.ts';

const bothNodes = ['master', 'worker'] as const;

/** Handle of a long string: a random number of the receiver, in decimal. */
export const stringId = decimal('string-id', MAX_HANDLE);
const size = field('size', decimal('size', MAX_STRING_BYTES));
const data = field('data', bytes);
const file = field('path', path('/path', '/'));
/** SHA-256 of all content, as it is: not in hexadecimal. */
const SHA256_BYTES = 32;
export const task = identifier('task');

const updated = said('String updated');
const piece = pair(field('id', stringId), data);

/** What both nodes of a connection understand. */
export const commonRows = {
  echo: row(bothNodes, data, data),
  new_str: row(bothNodes, size, field('id', stringId)),
  str_upd: row(bothNodes, piece, updated),
  err_str: row(bothNodes, size, field('id', or(stringId, 'None'))),
  new_file: row(bothNodes, file, said('Ready to receive new file'), 'ok '),
  file_upd: row(bothNodes, pair(file, data), said('File updated')),
  file_end: row(
    bothNodes,
    pair(file, field('digest', exactly('SHA-256', SHA256_BYTES))),
    said('File received correctly'),
  ),
  cancel_task: row(
    bothNodes,
    pair(field('task', or(task, 'None')), field('error', exception)),
    said('Request received correctly'),
  ),
};

/** A local client is sent long answers as strings. */
export const clientStringRows = {
  new_str: row(['local-client'], size, field('id', stringId)),
  str_upd: row(['local-client'], piece, updated),
};
