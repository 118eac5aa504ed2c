/** Types of events that are shown; what is beyond is counted. */
const MAX_SHOWN = 12;
/** Begins an actor without passing through its mailbox. */
const INIT = 'xstate.init';

/** What waits in the mailbox of an actor, the event that it handles among it. */
export class Mailbox {
  /** Those whose coming was told, oldest first. */
  #events = [];
  /** Those before them, of which only the number is known. */
  #untold = 0;
  /** The most that were in it at once since this page watches. */
  #most = 0;

  /** `waiting`: how many were there already. So what the page was not told of is put right with every event. */
  came(event, waiting) {
    if (event?.type === INIT) return;
    this.#events.splice(0, Math.max(0, this.#events.length - waiting));
    this.#untold = waiting - this.#events.length;
    this.#events.push(event);
    this.#most = Math.max(this.#most, waiting + 1);
  }

  /** An event was handled: all that stood before it were, too. One whose coming was not told is of those. */
  handled(event) {
    if (event?.type === INIT) return;
    const text = JSON.stringify(event);
    const at = this.#events.findIndex((each) => JSON.stringify(each) === text);
    this.#events.splice(0, at + 1);
    this.#untold = at < 0 ? Math.max(0, this.#untold - 1) : 0;
  }

  /** Nobody takes anything out of it any more, or what became of it was not told. */
  clear() {
    this.#events = [];
    this.#untold = 0;
  }

  get text() {
    const shown = this.#events.slice(0, MAX_SHOWN).map((event) => event?.type);
    const more = this.#untold + this.#events.length - shown.length;
    if (more > 0) shown.push(`${more} more`);
    const most = this.#most < 2 ? '' : `; at most ${this.#most} at once`;
    return `${shown.join(', ') || 'empty'}${most}`;
  }
}
