import { h, keyed, part, setData, setText } from './dom.js';
import { number, span } from './words.js';

/** The figures that tell at a glance whether all is well. */
export function showTiles(list, { nodes, agents, requests }) {
  const there = nodes.filter(({ isConnected }) => isConnected);
  const workers = there.filter(({ type }) => type === 'worker');
  const inStep = workers.filter((node) => node.inStep).length;
  const gone = nodes.length - there.length;
  const all = agents === null ? null : Object.values(agents).reduce((sum, count) => sum + count, 0);
  const tiles = [
    {
      name: 'nodes connected',
      number: `${there.length}`,
      more: gone === 0 ? 'none is missing' : `${gone} gone`,
      kind: gone === 0 ? 'good' : 'bad',
    },
    {
      name: 'workers in step',
      number: `${inStep} / ${workers.length}`,
      more:
        inStep === workers.length ? 'all have the files of the master' : `${workers.length - inStep} behind`,
      kind: inStep === workers.length ? 'good' : 'warn',
    },
    {
      name: 'agents active',
      number: agents === null ? '—' : number(agents.active ?? 0),
      more: all === null ? 'not known' : `of ${number(all)}`,
      kind: 'plain',
    },
    {
      name: 'requests in flight',
      number: number(requests.inFlight),
      more: requests.medianMs === null ? 'none in the last minute' : `median ${span(requests.medianMs)}`,
      kind: 'plain',
    },
  ];
  keyed(list, tiles, ({ name }) => name, createTile, updateTile);
}

const createTile = ({ name }) =>
  h(
    'div',
    { class: 'tile card' },
    h('span', { class: 'name' }, name),
    h('span', { class: 'number' }),
    h('span', { class: 'more' }),
  );

function updateTile(tile, { number, more, kind }) {
  setText(part(tile, 'number'), number);
  setText(part(tile, 'more'), more);
  setData(tile, 'kind', kind);
}

const STATUSES = ['active', 'pending', 'disconnected', 'never_connected'];

/** Agents by status, and the active ones by node. */
export function showAgents(byStatus, byNode, { agents, nodes }) {
  const counts = agents ?? {};
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const statuses = STATUSES.map((status) => ({
    label: status.replace('_', ' '),
    kind: status,
    count: counts[status] ?? null,
    of: all,
  }));
  bars(byStatus, statuses);
  const withAgents = nodes.filter(({ activeAgents }) => activeAgents !== null);
  const most = Math.max(1, ...withAgents.map(({ activeAgents }) => activeAgents));
  bars(
    byNode,
    withAgents.map(({ name, activeAgents }) => ({
      label: name,
      kind: 'active',
      count: activeAgents,
      of: most,
    })),
  );
}

function bars(list, rows) {
  keyed(list, rows, ({ label }) => label, createBar, updateBar);
}

const createBar = ({ label }) =>
  h(
    'li',
    {},
    h('span', { class: 'label', title: label }, label),
    h('span', { class: 'track', 'aria-hidden': 'true' }, h('span', { class: 'fill' })),
    h('span', { class: 'count' }),
  );

function updateBar(row, { kind, count, of }) {
  setData(row, 'kind', kind);
  setText(part(row, 'count'), count === null ? '—' : number(count));
  part(row, 'fill').style.setProperty('--share', of === 0 ? '0' : String((count ?? 0) / of));
}

/** What this API asks the cluster, and how fast it is answered. */
export function showRequests(list, { inFlight, perSecond, medianMs, p99Ms, failed }) {
  const facts = [
    ['In flight', number(inFlight)],
    ['Per second', perSecond.toFixed(perSecond < 10 ? 1 : 0)],
    ['Median', medianMs === null ? '—' : span(medianMs)],
    ['99 of 100 within', p99Ms === null ? '—' : span(p99Ms)],
    ['Failed', number(failed)],
  ];
  keyed(
    list,
    facts,
    ([name]) => name,
    ([name]) => h('div', {}, h('dt', {}, name), h('dd', { class: 'value' })),
    (element, [, value]) => setText(part(element, 'value'), value),
  );
}
