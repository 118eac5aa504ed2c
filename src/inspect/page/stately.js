import { byId, h, setText } from './dom.js';
import { StatelyTeller } from './stately-events.js';

/** Events that wait for the inspector to be loaded; the actors that live are told in any case. */
const MAX_WAITING = 2_000;

const about = await (await fetch('/about')).json();
const definitions = await (await fetch('/definitions')).json();
const { origin } = new URL(about.stately);

setText(byId('node'), `${about.node.role} ${about.node.name}`);
setText(byId('origin'), origin);

const link = (state, text) => {
  byId('link').dataset.state = state;
  setText(byId('link-text'), text);
};

/** The inspector in a frame: it says when it listens, and is told everything from there on. */
class Inspector {
  #frame;
  #waiting = [];
  #isConnected = false;

  constructor(url) {
    this.#frame = h('iframe', { class: 'inspector', title: 'Stately inspector', src: url });
    window.addEventListener('message', ({ source, data }) => {
      if (source !== this.#frame.contentWindow || data?.type !== '@statelyai.connected') return;
      this.#isConnected = true;
      for (const event of this.#waiting) this.#post(event);
      this.#waiting = [];
      link('good', 'the inspector is connected');
    });
    byId('place').replaceChildren(this.#frame);
  }

  tell(event) {
    if (this.#isConnected) return this.#post(event);
    this.#waiting.push(event);
    if (this.#waiting.length <= MAX_WAITING) return;
    const dropped = this.#waiting.findIndex(({ type }) => type !== '@xstate.actor');
    if (dropped >= 0) this.#waiting.splice(dropped, 1);
  }

  // To the inspector and to no other page that the frame may have gone to.
  #post(event) {
    this.#frame.contentWindow.postMessage(event, origin);
  }
}

byId('load').addEventListener('click', () => {
  const inspector = new Inspector(about.stately);
  let teller = new StatelyTeller(definitions);
  link('lost', 'the inspector is loading');
  const source = new EventSource('/records');
  source.addEventListener('open', () => {
    teller = new StatelyTeller(definitions);
  });
  source.addEventListener('error', () => link('lost', 'connection to the node lost, trying again'));
  source.addEventListener('message', ({ data }) => {
    for (const record of JSON.parse(data)) for (const event of teller.eventsOf(record)) inspector.tell(event);
  });
});
