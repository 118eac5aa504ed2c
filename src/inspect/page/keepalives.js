/** Machines that do nothing else. */
const MACHINES = new Set(['keepaliveSender', 'keepaliveMonitor']);
const COMMANDS = new Set(['echo', 'echo-c', 'echo-m']);
const EVENTS = new Set(['keepalive.heard', ...[...COMMANDS].map((command) => `rx.${command}`)]);
const ANSWER = /^ok(-[cm])?$/;
/** Keepalives whose answers are waited for: some are never told, since a page is told only so much. */
export const MAX_ASKED = 1_024;

/** Tells keepalives, of which a node has many, from all else, in the order in which records come. */
export class Keepalives {
  /** Those that have no answer yet, by their frames. */
  #asked = new Set();

  /** Whether a record is about a keepalive and nothing else. One that ends its connection is told as an event of the handler. */
  has(model, record) {
    switch (record.kind) {
      case 'event':
        return EVENTS.has(record.event?.type) || doesNothingElse(model, record.to);
      case 'step':
        return EVENTS.has(record.event?.type) || doesNothingElse(model, record.actor);
      case 'frame':
        return this.#hasFrame(record);
      default:
        return false;
    }
  }

  #hasFrame({ command, connection, direction, counter }) {
    if (COMMANDS.has(command)) {
      this.#asked.add(`${connection} ${direction} ${counter}`);
      const [oldest] = this.#asked;
      if (this.#asked.size > MAX_ASKED) this.#asked.delete(oldest);
      return true;
    }
    const asked = `${connection} ${direction === 'in' ? 'out' : 'in'} ${counter}`;
    return this.#asked.delete(asked) && ANSWER.test(command);
  }
}

/** Such a machine, or an effect of it. */
function doesNothingElse({ actors }, name) {
  const actor = actors.get(name);
  return MACHINES.has(actor?.machine) || MACHINES.has(actors.get(actor?.parent)?.machine);
}
