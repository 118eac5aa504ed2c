import { ageText, h } from './dom.js';
import { valueText } from './model.js';

/** The supervision tree: each actor with its state, how long it has been in it, and restarts. */
export class Tree {
  #list;
  #choose;
  #rows = new Map();

  constructor(list, choose) {
    this.#list = list;
    this.#choose = choose;
  }

  /** Another life of the node: its actors have the names of earlier ones. */
  reset() {
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  draw(model, chosen) {
    const seen = new Set();
    this.#level(model, this.#list, null, chosen, seen);
    for (const [name, row] of this.#rows) {
      if (seen.has(name)) continue;
      row.item.remove();
      this.#rows.delete(name);
    }
  }

  #level(model, list, parent, chosen, seen) {
    let before = null;
    for (const actor of model.below(parent)) {
      seen.add(actor.actor);
      const row = this.#rows.get(actor.actor) ?? this.#add(actor);
      this.#update(model, row, actor, actor.actor === chosen);
      const place = before === null ? list.firstElementChild : before.nextElementSibling;
      if (place !== row.item) list.insertBefore(row.item, place);
      before = row.item;
      this.#level(model, row.children, actor.actor, chosen, seen);
    }
  }

  #add({ actor, id }) {
    const state = h('span', { class: 'state' });
    const age = h('span', { class: 'age' });
    const peer = h('span', { class: 'peer' });
    const button = h('button', { type: 'button' }, h('span', { class: 'name' }, id, peer), state, age);
    button.addEventListener('click', () => this.#choose(actor));
    const children = h('ul');
    const item = h('li', {}, button, children);
    const row = {
      item,
      children,
      state: shown((text) => (state.textContent = text)),
      peer: shown((text) => (peer.textContent = text)),
      age: shown((text) => (age.textContent = text)),
      kind: shown((kind) => (item.dataset.kind = kind)),
      status: shown((status) => (item.dataset.status = status)),
      isChosen: shown((isChosen) => button.setAttribute('aria-current', String(isChosen))),
    };
    this.#rows.set(actor, row);
    return row;
  }

  #update(model, row, actor, isChosen) {
    row.state([valueText(actor.state?.value), countsText(model, actor)].filter(Boolean).join(', '));
    row.peer(peerText(model, actor));
    const stood = ageText((actor.endedMs ?? Date.now()) - actor.changedMs);
    row.age(actor.isAgeKnown ? stood : `≥ ${stood}`);
    row.kind(actor.machine === null && actor.state === null ? 'effect' : 'machine');
    row.status(actor.endedMs === null ? 'alive' : (actor.state?.status ?? 'ended'));
    row.isChosen(isChosen);
  }
}

/** Shows a value, and does nothing where it is the one that is shown: most of a large tree stays as it is. */
function shown(show) {
  let last;
  return (value) => {
    if (value === last) return;
    last = value;
    show(value);
  };
}

/** How many children a dynamic supervisor has and restarted; of others how often each was restarted, and its own children. */
export function countsText(model, { id, parent, state }) {
  const { restarts, size } = state?.context ?? {};
  if (typeof restarts === 'number') return `${size} running, ${restartsText(restarts)}`;
  const own = model.actors.get(parent)?.state?.context?.restarts?.[id] ?? 0;
  const below = Object.values(restarts ?? {}).reduce((sum, count) => sum + count, 0);
  const texts = [own > 0 && restartsText(own), below > 0 && `${restartsText(below)} below`];
  return texts.filter(Boolean).join(', ');
}

const restartsText = (count) => (count === 1 ? '1 restart' : `${count} restarts`);

/** Who is at the other end, beside the topmost actor of a connection. */
function peerText(model, { actor, parent }) {
  const name = model.peerOf(actor);
  return name === null || model.peerOf(parent) !== null ? '' : name;
}
