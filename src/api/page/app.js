import { setText } from './dom.js';
import { showHistory, withNew } from './history.js';
import { showNodes } from './nodes.js';
import { showAgents, showRequests, showTiles } from './overview.js';
import { hasToken, logIn, logOut } from './session.js';
import { follow } from './stream.js';

const at = (id) => document.getElementById(id);

/** Relative times go on between two snapshots, and while the connection is lost. */
const TICK_MS = 1_000;

let stop = () => {};
let latest = null;
let latestAtMs = 0;
let syncs = [];
/** Which nodes were there in the snapshot before. */
let present = null;

function showLink(state, words) {
  at('link').dataset.state = state;
  setText(at('link-text'), words);
}

function askForLogIn(words) {
  stop();
  latest = null;
  syncs = [];
  present = null;
  at('main').hidden = true;
  at('log-out').hidden = true;
  at('log-in').hidden = false;
  setText(at('log-in-error'), words);
  setText(at('where'), '');
  document.title = 'Muster';
  showLink('out', 'Not logged in');
  const form = at('log-in-form');
  form.elements.password.value = '';
  (form.elements.user.value === '' ? form.elements.user : form.elements.password).focus();
}

function begin() {
  at('log-in').hidden = true;
  at('main').hidden = false;
  at('log-out').hidden = false;
  at('main').focus();
  showLink('lost', 'Connecting…');
  stop = follow({
    snapshot(value) {
      latest = value;
      latestAtMs = performance.now();
      showLink('live', 'Live');
      tellNews(value.nodes);
      draw();
    },
    history(entries) {
      syncs = withNew(syncs, entries);
    },
    lost: () => showLink('lost', 'Connection lost; trying again…'),
    ended: (words) => askForLogIn(words),
  });
}

/** By the clock of the API, which may differ from ours. */
const nowMs = () => Date.parse(latest.at) + performance.now() - latestAtMs;

function draw() {
  if (latest === null) return;
  const { own, trouble, nodes } = latest;
  setText(at('where'), own === null ? '' : `${own.cluster}, seen from ${own.name} (${own.type})`);
  at('trouble').hidden = trouble === null;
  setText(
    at('trouble'),
    trouble === null ? '' : `${trouble.message} (${trouble.code}). What is shown is what was known before.`,
  );
  showTiles(at('tiles'), latest);
  showNodes(at('nodes'), nodes, nowMs());
  showAgents(at('agents-by-status'), at('agents-by-node'), latest);
  showRequests(at('requests'), latest.requests);
  showHistory(at('history'), syncs);
  at('no-history').hidden = syncs.length > 0;
  const gone = nodes.filter(({ isConnected }) => !isConnected).length;
  document.title =
    gone === 0 ? `Muster: ${own?.cluster ?? ''}` : `(${gone} gone) Muster: ${own?.cluster ?? ''}`;
}

/** Whoever does not see the page hears of nodes that go and come. */
function tellNews(nodes) {
  const now = new Map(nodes.map(({ name, isConnected }) => [name, isConnected]));
  if (present !== null) {
    const news = [...now]
      .filter(([name, isThere]) => (present.get(name) ?? false) !== isThere)
      .map(([name, isThere]) => `${name} ${isThere ? 'is connected' : 'is gone'}`);
    if (news.length > 0) setText(at('news'), news.join(', '));
  }
  present = now;
}

at('log-in-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { user, password } = event.target.elements;
  const button = event.target.querySelector('button');
  button.disabled = true;
  try {
    await logIn(user.value, password.value);
    password.value = '';
    setText(at('log-in-error'), '');
    begin();
  } catch (error) {
    setText(at('log-in-error'), error.message);
    password.select();
  } finally {
    button.disabled = false;
  }
});

at('log-out').addEventListener('click', async () => {
  stop();
  await logOut();
  askForLogIn('');
});

setInterval(draw, TICK_MS);
if (!hasToken()) askForLogIn('');
