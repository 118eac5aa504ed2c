import type { ErrorRows } from './row.ts';

/** Codes of lists: paging, sorting, queries and selections. */
export const listsErrors: ErrorRows = {
  1400: [
    'bad-offset',
    'Offset out of range',
    'The offset of a list is negative.',
    'Ask with an offset of 0 or more.',
  ],
  1401: [
    'bad-limit',
    'Limit out of range',
    'The limit of a list is negative.',
    'Ask with a limit of 1 or more.',
  ],
  1403: [
    'bad-sort',
    'Unknown sort field',
    'A list was to be sorted by a field that it has not.',
    'Use one of the fields that the detail names.',
  ],
  1405: [
    'limit-too-large',
    'Limit too large',
    'A list was asked for with a limit above the maximum.',
    'Ask for less at a time.',
  ],
  1406: [
    'limit-zero',
    'Limit is zero',
    'A list was asked for with the limit 0.',
    'Ask with a limit of 1 or more.',
  ],
  1407: [
    'bad-query',
    'The query cannot be read',
    'A query `q` is not of the form `field=value;other!=value`.',
    'Look at the place that the detail names; `;` is and, `,` is or.',
  ],
  1408: [
    'unknown-query-field',
    'Unknown field in the query',
    'A query `q` compares a field that the list has not.',
    'Use one of the fields that the detail names.',
  ],
  1724: [
    'bad-select',
    'Unknown field',
    'A field was selected that the list has not.',
    'Use one of the fields that the detail names.',
  ],
  1728: [
    'bad-node-type',
    'Unknown node type',
    'A filter names a node type other than master, worker or all.',
    'Use one of these three.',
  ],
  1730: [
    'no-such-node',
    'No such node',
    'A filter names a node that the cluster does not know.',
    'Compare the name with `muster nodes`.',
  ],
};
