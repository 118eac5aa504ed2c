import { arrowsOf, asDrawn, textsOf } from './chart-places.js';
import { activeStates } from './model.js';

/** A small chart is not made larger than this. */
const MAX_FITTED_SCALE = 1.2;
/** Points of a picture as pixels of a screen. */
const FULL_SCALE = 4 / 3;
const MARGIN_PX = 20;

/** The picture of the chosen actor's machine: the states that it is in are lit, the last transitions are drawn strong. */
export class ChartView {
  #place;
  #chart = null;
  #states = new Map();
  /** Of each arrow two: its line, and its label above all lines. */
  #edges = [];
  #root = '';
  #lit = '';
  #isFull = false;

  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#fit()).observe(place);
  }

  /** Whole, or as large as its texts are meant to be: then it is scrolled to the state that is lit. */
  set isFull(isFull) {
    this.#isFull = isFull;
    this.#fit();
    const lit = this.#lit;
    this.#lit = '';
    this.#scrollTo(lit);
  }

  /** `chart` is the name of a picture; null for an actor that has none. */
  async show(chart, root) {
    if (chart === this.#chart) return;
    this.#chart = chart;
    this.#states.clear();
    this.#edges = [];
    if (chart === null) {
      this.#place.textContent = 'This actor is an effect: it has no chart.';
      return;
    }
    const answer = await fetch(`/charts/${chart}.svg`);
    const text = await answer.text();
    if (this.#chart !== chart) return;
    const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', `The machine ${root}`);
    this.#place.replaceChildren(document.importNode(svg, true));
    this.#lit = '';
    this.#fit();
    this.#read();
  }

  #fit() {
    const svg = this.#place.querySelector('svg');
    if (svg === null) return;
    const { width, height } = svg.viewBox.baseVal;
    const { clientWidth, clientHeight } = this.#place;
    const fitted = Math.min((clientWidth - MARGIN_PX) / width, (clientHeight - MARGIN_PX) / height);
    const scale = this.#isFull ? FULL_SCALE : Math.min(MAX_FITTED_SCALE, fitted);
    svg.setAttribute('width', String(width * scale));
    svg.setAttribute('height', String(height * scale));
  }

  #read() {
    for (const group of this.#place.querySelectorAll('g.node, g.cluster, g.edge')) {
      const title = group.querySelector('title')?.textContent ?? '';
      if (group.classList.contains('edge')) this.#edges.push([title, group]);
      else this.#states.set(title.replace(/^cluster_/, ''), group);
    }
    const [first] = [...this.#states.keys()].filter((id) => id.includes('.'));
    this.#root = first?.split('.')[0] ?? '';
  }

  /** Lights where the actor stands. */
  light(actor) {
    if (this.#chart === null) return;
    const alive = new Set(activeStates(this.#root, actor?.state?.value));
    for (const [id, group] of this.#states) group.classList.toggle('lit', alive.has(id));
    this.#scrollTo([...alive].at(-1) ?? '');
    const steps = (actor?.step?.taken ?? []).map((taken) => asDrawn(taken, this.#root));
    const arrows = new Set(steps.flatMap(arrowsOf));
    for (const [title, group] of this.#edges) group.classList.toggle('taken', arrows.has(title));
    for (const [id, group] of this.#states) {
      const texts = [...group.querySelectorAll(':scope > text')];
      const stayed = textsOf(
        steps,
        id,
        texts.map(({ textContent }) => textContent),
      );
      for (const [index, text] of texts.entries()) text.classList.toggle('taken', stayed.has(index));
    }
  }

  #scrollTo(id) {
    if (id === this.#lit) return;
    this.#lit = id;
    const state = this.#states.get(id)?.getBoundingClientRect();
    if (state === undefined) return;
    const room = this.#place.getBoundingClientRect();
    this.#place.scrollBy(
      state.x + state.width / 2 - room.x - room.width / 2,
      state.y + state.height / 2 - room.y - room.height / 2,
    );
  }
}
