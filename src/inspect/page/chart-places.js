/** Where the arrows and the texts of the whole machine stand in its picture. */
const ANY_STATE = 'any state';
/** Before a transition that leaves its state and enters it again. */
const AGAIN = '↻ ';
/** Spaces that do not break: a line that goes on is indented by them, and all are made longer. */
const NO_BREAK_SPACE = '\u00a0';

/**
 * A transition by the ids of the picture: a supervisor has the name that its node gives it, and there that of the catalogue.
 * `underId` of transitions.ts, for pictures.
 */
export function asDrawn({ source, on, targets }, root) {
  const own = (id) => root + (id.includes('.') ? id.slice(id.indexOf('.')) : '');
  // The event of a deadline ends with the name of its state.
  const ownOn = on.startsWith('xstate.after.') ? on.slice(0, -source.length) + own(source) : on;
  return { source: own(source), on: ownOn, targets: targets.map(own) };
}

/** Where a transition begins in the picture: the machine itself has no state there. */
const placeOf = (source) => (source.includes('.') ? source : ANY_STATE);

/** A transition that does not leave its state stands as text in it, and has no arrow. */
const stays = ({ source, targets }) => targets.every((target) => target === source);

/** The titles of the arrows of a transition. */
export function arrowsOf(taken) {
  if (stays(taken)) return [];
  return taken.targets.map((target) => `${placeOf(taken.source)}->${target}`);
}

/** Which of the texts of a state say what was done without leaving it; all branches of an event, since guards have no names here. */
export function textsOf(steps, state, texts) {
  const events = steps
    .filter((taken) => stays(taken) && placeOf(taken.source) === state)
    .map(({ source, on }) => eventName(source, on));
  if (events.length === 0) return new Set();
  const found = sentencesOf(texts).filter(({ text }) =>
    eventsIn(text).some((event) => events.includes(event)),
  );
  return new Set(found.flatMap(({ indices }) => indices));
}

/** Texts that are too long for one line are one again. */
function sentencesOf(texts) {
  const sentences = [];
  for (const [index, text] of texts.entries()) {
    const last = sentences.at(-1);
    const words = text.replaceAll(NO_BREAK_SPACE, ' ').trim();
    if (last !== undefined && text.startsWith(NO_BREAK_SPACE)) {
      last.text += ` ${words}`;
      last.indices.push(index);
    } else sentences.push({ text: words, indices: [index] });
  }
  return sentences;
}

/** `a, b [guard] / action`: a, b. */
function eventsIn(sentence) {
  const [head] = sentence.split(/ \[| \/ /);
  return head.replace(AGAIN, '').split(', ');
}

/** The event of a transition as the picture has it; `eventName` of transitions.ts, for texts. */
export function eventName(source, on) {
  if (on === '') return 'always';
  if (on.startsWith('xstate.after.')) return `after ${on.slice('xstate.after.'.length, -source.length - 1)}`;
  return on
    .replace(/^xstate\.done\.actor\.(.*)$/, '$1 done')
    .replace(/^xstate\.error\.actor\.(.*)$/, '$1 failed')
    .replace(/^xstate\.done\.state\..*$/, 'all done')
    .replace('* done', 'any child done')
    .replace('* failed', 'any child failed');
}
