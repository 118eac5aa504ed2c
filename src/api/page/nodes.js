import { h, keyed, part, setData, setText } from './dom.js';
import { ago, number, span } from './words.js';

const SYNCS = [
  ['integrityCheck', 'Check'],
  ['integritySync', 'Files'],
  ['agentInfo', 'Agents'],
  ['agentGroups', 'Groups'],
];
const MARKS = { done: '✓', running: '↻', failed: '✗', never: '·' };
const STATES = { done: 'done', running: 'running', failed: 'failed', never: 'not yet' };

/** A card for each node: who it is, whether it is there, and how each of its syncs is. */
export function showNodes(list, nodes, nowMs) {
  keyed(
    list,
    nodes,
    ({ name }) => name,
    create,
    (card, node) => update(card, node, nowMs),
  );
}

function create(node) {
  const fact = (name, className) => h('div', {}, h('dt', {}, name), h('dd', { class: className }));
  const titleId = `node-${node.name}`;
  return h(
    'article',
    { class: 'node card', 'aria-labelledby': titleId },
    h(
      'header',
      {},
      h('h3', { id: titleId }, node.name),
      h('span', { class: 'badge' }),
      h('span', { class: 'state' }),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact('Address', 'address'),
      fact('Version', 'version'),
      fact('Last keepalive', 'keepalive'),
      fact('Behind the master', 'lag'),
      fact('Files', 'file-count'),
      fact('Active agents', 'active'),
    ),
    h(
      'table',
      { class: 'syncs' },
      h('caption', { class: 'visually-hidden' }, `Syncs of ${node.name}`),
      h('tbody', {}, ...SYNCS.map(syncRow)),
    ),
  );
}

function syncRow([key, name]) {
  const mark = h('span', { class: 'mark-of', 'aria-hidden': 'true' });
  const state = h('span', { class: 'visually-hidden state-word' });
  return h(
    'tr',
    { data: { key } },
    h('th', { scope: 'row' }, mark, name, ' ', state),
    h('td', { class: 'result' }),
    h('td', { class: 'took' }),
    h('td', { class: 'when' }),
  );
}

function update(card, node, nowMs) {
  const { state, kind, words } = stateOf(node, nowMs);
  setData(card, 'state', state);
  setData(part(card, 'state'), 'kind', kind);
  setText(part(card, 'state'), words);
  setText(part(card, 'badge'), node.type);
  setData(part(card, 'badge'), 'kind', node.type);
  setText(part(card, 'address'), node.address || '—');
  setText(part(card, 'version'), node.version || '—');
  setText(part(card, 'keepalive'), node.type === 'master' ? 'not needed' : ago(node.lastKeepaliveAt, nowMs));
  setText(part(card, 'lag'), lagOf(node));
  setText(part(card, 'file-count'), node.files === null ? '—' : number(node.files));
  setText(part(card, 'active'), node.activeAgents === null ? '—' : number(node.activeAgents));
  for (const [key] of SYNCS) {
    const row = card.querySelector(`tr[data-key="${key}"]`);
    // A master takes nothing from anybody: it only looks at its own files.
    row.hidden = node.type === 'master' && node[key].state === 'never';
    updateSync(row, node[key], nowMs);
  }
}

function stateOf(node, nowMs) {
  if (!node.isConnected) {
    return { state: 'gone', kind: 'bad', words: `gone, seen ${ago(node.lastSeenAt, nowMs)}` };
  }
  if (node.type === 'master') return { state: 'there', kind: 'good', words: 'running' };
  if (node.inStep === null) return { state: 'unknown', kind: 'quiet', words: 'connected' };
  if (node.inStep) return { state: 'there', kind: 'good', words: 'in step' };
  return { state: 'behind', kind: 'warn', words: 'behind' };
}

function lagOf({ type, isConnected, inStep, behindMs }) {
  if (type === 'master') return 'it is the master';
  if (!isConnected || inStep === null) return 'not known';
  return inStep ? 'in step' : `for ${span(behindMs ?? 0)}`;
}

function updateSync(row, sync, nowMs) {
  setData(row, 'state', sync.state);
  setText(part(row, 'mark-of'), MARKS[sync.state]);
  setText(part(row, 'state-word'), STATES[sync.state]);
  setText(part(row, 'result'), sync.state === 'never' ? 'not yet' : sync.result);
  setText(part(row, 'took'), sync.durationMs === null ? '' : span(sync.durationMs));
  setText(part(row, 'when'), sync.startedAt === null ? '' : ago(sync.startedAt, nowMs));
}
