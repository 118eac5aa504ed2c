import { h, keyed, setData } from './dom.js';
import { changes, moment, number, span } from './words.js';

const SIGNS = { created: '+', updated: '~', deleted: '−' };

/** As many are shown of the past; the API knows no more. */
const MAX_ENTRIES = 200;

/** Syncs that are new among those that are known, the last ones first. After a new connection all are told again. */
export function withNew(known, entries) {
  const all = new Map([...known, ...entries].map((entry) => [entry.id, entry]));
  return [...all.values()].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)).slice(0, MAX_ENTRIES);
}

/** The last syncs, each with the names of the files that changed. A sync of the past does not change any more. */
export function showHistory(list, entries) {
  keyed(
    list,
    entries,
    ({ id }) => id,
    create,
    (row, { failure }) => {
      setData(row, 'state', failure === null ? 'done' : 'failed');
    },
  );
}

function create({ startedAt, node, counts, failure, durationMs, files }) {
  const cells = [
    h('time', { datetime: startedAt, title: new Date(startedAt).toLocaleString() }, moment(startedAt)),
    h('span', { class: 'node-name' }, node),
    h('span', { class: 'what' }, failure === null ? changes(counts) : failure),
    h('span', { class: 'took' }, span(durationMs)),
  ];
  const names = Object.entries(SIGNS).flatMap(([kind, sign]) =>
    files[kind].map((name) => ({ kind, sign, name })),
  );
  if (names.length === 0) return h('li', {}, h('div', { class: 'row' }, ...cells));
  const all = counts.created + counts.updated + counts.deleted;
  const rest = all - names.length;
  return h(
    'li',
    {},
    h(
      'details',
      {},
      h('summary', {}, ...cells),
      h(
        'ul',
        { class: 'files' },
        ...names.map(({ kind, sign, name }) =>
          h(
            'li',
            { data: { kind } },
            h('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
            h('span', { class: 'visually-hidden' }, `${kind} `),
            h('code', {}, name),
          ),
        ),
        ...(rest > 0 ? [h('li', {}, `and ${number(rest)} more`)] : []),
      ),
    ),
  );
}
