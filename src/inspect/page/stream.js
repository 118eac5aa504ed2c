import { h, timeText } from './dom.js';
import { valueText } from './model.js';

/** Rows that are drawn; older ones are still searched. */
const MAX_ROWS = 250;

/** The last events, steps and frames that pass the filter, newest first. */
export class Stream {
  #list;
  /** The rows that are there, by their records. Numbers begin anew with each life of the node, and what stands still may be of an earlier one. */
  #rows = new Map();
  #open = new WeakSet();

  constructor(list) {
    this.#list = list;
  }

  draw(model, filter, chosen) {
    const rows = [];
    const records = model.shown;
    for (let at = records.length - 1; at >= 0 && rows.length < MAX_ROWS; at -= 1) {
      const record = records[at];
      if (passes(model, record, filter, chosen)) rows.push(record);
    }
    const known = this.#rows;
    this.#rows = new Map(rows.map((record) => [record, this.#rowOf(model, record, known.get(record))]));
    const drawn = [...this.#rows.values()].map(({ item }) => item);
    const none = h('li', { class: 'none' }, `none of the last ${records.length} records passes this filter`);
    this.#list.replaceChildren(...(drawn.length === 0 ? [none] : drawn));
  }

  /** The row that is there, unless the frame has said more since. */
  #rowOf(model, record, known) {
    const { content } = record;
    if (known !== undefined && known.content === content) return known;
    return { content, item: this.#item(model, record) };
  }

  #item(model, record) {
    const { kind, atMs } = record;
    const { mark, who, what, more } = describe(model, record);
    const details = h(
      'details',
      {},
      h(
        'summary',
        {},
        h('time', {}, timeText(atMs)),
        h('span', { class: 'mark' }, mark),
        h('span', { class: 'who' }, who),
        h('span', { class: 'what' }, what),
      ),
      h('pre', {}, more),
    );
    details.open = this.#open.has(record);
    details.addEventListener('toggle', () =>
      details.open ? this.#open.add(record) : this.#open.delete(record),
    );
    return h('li', { data: { kind } }, details);
  }
}

/** Whether a record is shown. */
export function passes(model, record, filter, chosen) {
  const { kind } = record;
  if (kind !== 'gap' && !filter[kind]) return false;
  if (filter.chosen && kind !== 'gap' && !concerns(model, record, chosen)) return false;
  if (!filter.keepalives && record.isKeepalive) return false;
  if (filter.words === '' || kind === 'gap') return true;
  record.text ??= textOf(model, record);
  return record.text.includes(filter.words);
}

/** Whether a record is about an actor; frames are about whoever serves their connection, and all below it. */
function concerns(model, record, chosen) {
  if (!model.isOfThisLife(record)) return false;
  const { kind, actor, from, to, connection } = record;
  switch (kind) {
    case 'step':
      return actor === chosen;
    case 'event':
      return from === chosen || to === chosen;
    default:
      return connection === model.connectionOf(chosen);
  }
}

function textOf(model, record) {
  const { mark, who, what } = describe(model, record);
  return `${mark} ${who} ${what} ${JSON.stringify(record.event ?? record.content ?? '')}`.toLowerCase();
}

function describe(model, record) {
  const pretty = (value) => JSON.stringify(value, null, 2) ?? '';
  switch (record.kind) {
    case 'event': {
      const from = record.fromPath ?? 'outside';
      const cause = record.cause === null ? '' : `because of frame ${record.cause}\n`;
      const waited = record.waiting > 0 ? `in the mailbox before it: ${record.waiting}\n` : '';
      return {
        mark: '✉',
        who: `${from} → ${record.path}`,
        what: record.event?.type ?? '',
        more: `${cause}${waited}${pretty(record.event)}`,
      };
    }
    case 'step': {
      const before = valueText(record.before);
      const after = record.state === null ? '' : valueText(record.state.value);
      const way = before === after ? after : `${before} ▸ ${after}`;
      const taken = record.taken.map(
        ({ source, on, targets }) => `${source} on ${on} → ${targets.join(', ') || 'stays'}`,
      );
      return {
        mark: '●',
        who: record.path,
        what: `${record.event?.type ?? ''}  ${way}`,
        more: [...taken, pretty(record.event)].join('\n'),
      };
    }
    case 'frame': {
      const arrow = record.direction === 'in' ? '⇣' : '⇡';
      // Who has not said its name when the frame comes may have by now.
      const name = record.node ?? (model.isOfThisLife(record) ? model.peerAt(record.connection) : null);
      return {
        mark: arrow,
        who: `${name === null ? '' : `${name} `}${record.peer} #${record.counter}`,
        what: `${record.command}  ${record.sizeBytes} B`,
        more: `frame ${record.number}\n${pretty(record.content)}`,
      };
    }
    default:
      return {
        mark: '…',
        who: '',
        what: `more happened than is shown: nothing is told for at least ${record.forMs} ms`,
        more: '',
      };
  }
}
