import { ChartView } from './chart.js';
import { byId, setText } from './dom.js';
import { Model, valueText } from './model.js';
import { Stream } from './stream.js';
import { Tree } from './tree.js';

const DRAW_MS = 200;
/** Of so many times the time that drawing takes the rest is for the browser: large nodes are drawn less often. */
const DRAW_PAUSES = 3;

const model = new Model();
const about = await (await fetch('/about')).json();
let chosen = null;
/** What was chosen by its names: after a restart of the node its actors have other numbers. */
let chosenPath = null;

const choose = (actor) => {
  chosen = actor;
  chosenPath = model.pathOf(actor);
  draw();
  if (model.isStill) drawStream();
};
const tree = new Tree(byId('tree'), choose);
const chart = new ChartView(byId('chart'));
const stream = new Stream(byId('records'));

setText(byId('node'), `${about.node.role} ${about.node.name}`);
document.title = `${about.node.name}: machines`;

function entryOf(actor) {
  if (actor?.machine == null) return null;
  return about.charts[actor.machine] ?? about.charts[''];
}

/** The chosen actor, also where it has another number now; undefined where it is not there, or none is chosen. */
function findChosen() {
  const actor = model.actors.get(chosen);
  if (actor !== undefined || chosenPath === null) return actor;
  const again = [...model.actors.keys()].find((name) => model.pathOf(name) === chosenPath);
  if (again !== undefined) chosen = again;
  return model.actors.get(again);
}

function drawChosen() {
  const actor = findChosen();
  // Until a node has told of any actor it is not known which are there.
  if (actor === undefined && model.actors.size === 0) return;
  byId('chosen').dataset.there = String(actor !== undefined);
  if (actor === undefined) drawGone();
  else drawPresent(actor);
}

/** What was told of it last stays to be read, and nothing says that it lives. */
function drawGone() {
  setText(byId('chosen-title'), `${chosenPath}: it is not there any more`);
  chart.light(undefined);
  setText(byId('mailbox'), 'none: it has ended');
  setText(byId('links'), 'none: it has ended');
  setText(byId('context-status'), 'as it was told last');
}

function drawPresent(actor) {
  const entry = entryOf(actor);
  setText(byId('chosen-title'), model.titleOf(chosen));
  setText(byId('chosen-about'), entry === null ? '' : `${entry.title}. Specification: ${entry.section}`);
  chart.show(entry?.chart ?? null, actor.machine).then(() => chart.light(model.actors.get(chosen)));
  chart.light(actor);
  const { step, state, mailbox } = actor;
  const way = step?.taken.map(
    ({ on, source, targets }) => `${on}: ${source} → ${targets.join(', ') || 'stays'}`,
  );
  setText(byId('step'), way === undefined ? 'none since this page watches' : way.join('\n'));
  setText(byId('mailbox'), mailbox.text);
  const parent = actor.parent === null ? 'none: it is the root' : model.pathOf(actor.parent);
  setText(
    byId('links'),
    `parent: ${parent}\nchildren: ${
      model
        .livingBelow(chosen)
        .map(({ id }) => id)
        .join(', ') || 'none'
    }`,
  );
  setText(byId('context-status'), state === null ? '' : `${valueText(state.value)} (${state.status})`);
  setText(byId('context'), state === null ? '' : JSON.stringify(state.context, null, 2));
}

function filter() {
  const form = byId('filter');
  const { words, event, step, frame, chosen: own, keepalives } = form.elements;
  return {
    words: words.value.trim().toLowerCase(),
    event: event.checked,
    step: step.checked,
    frame: frame.checked,
    chosen: own.checked,
    keepalives: keepalives.checked,
  };
}

const drawStream = () => stream.draw(model, filter(), chosen);

function draw() {
  tree.draw(model, chosen);
  drawChosen();
  if (!model.isStill) drawStream();
  setText(byId('count'), `${model.actors.size} actors, ${model.told} records`);
}

byId('filter').addEventListener('submit', (event) => event.preventDefault());
byId('filter').addEventListener('input', drawStream);
byId('pause').addEventListener('click', () => {
  if (model.isStill) model.goOn();
  else model.standStill();
  byId('pause').setAttribute('aria-pressed', String(model.isStill));
  setText(byId('pause'), model.isStill ? 'Go on' : 'Pause');
  drawStream();
});

byId('full').addEventListener('click', ({ currentTarget }) => {
  const isFull = currentTarget.getAttribute('aria-pressed') !== 'true';
  currentTarget.setAttribute('aria-pressed', String(isFull));
  setText(currentTarget, isFull ? 'Fit' : 'Full size');
  chart.isFull = isFull;
});

const link = (state, text) => {
  byId('link').dataset.state = state;
  setText(byId('link-text'), text);
};
const source = new EventSource('/records');
source.addEventListener('open', () => {
  model.reset();
  tree.reset();
  chosen = null;
  link('good', 'watching');
});
source.addEventListener('error', () => link('lost', 'connection lost, trying again'));
source.addEventListener('message', ({ data }) => {
  model.take(JSON.parse(data));
  if (chosen === null && chosenPath === null) {
    const [root] = model.below(null);
    if (root !== undefined) choose(root.actor);
  }
});

function drawOnAndOn() {
  const fromMs = performance.now();
  draw();
  setTimeout(drawOnAndOn, Math.max(DRAW_MS, DRAW_PAUSES * (performance.now() - fromMs)));
}
drawOnAndOn();
