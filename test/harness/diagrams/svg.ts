import { type IState, type IStateMachine, type ITransition, render } from 'state-machine-cat';
import { ANY_STATE, type Arrow, type Chart, type ChartState, joined, type Label, textOf } from './chart.ts';
import { withLabelsMoved, withLabelsOnTop } from './labels.ts';
import { badness, type Legibility, legibilityOf, legibilityWithoutLabels } from './legibility.ts';
import { wrap } from './wrap.ts';

const MAX_LINE_CHARS = 56;
const MAX_LABEL_CHARS = 30;
const END_COLOR = '#5a6b7b';
const ANY_COLOR = '#8a5a00';

/** `out` keeps the order in which the transitions are written; without it there are fewer crossings, mostly. */
const attributes = (ordering: 'out' | '""', nodesep = '0.3') => ({
  dotGraphAttrs: [
    { name: 'ordering', value: ordering },
    { name: 'nodesep', value: nodesep },
  ],
});
/** Ways to lay a chart out: no one of them is good for all. */
const LAYOUTS = [
  { direction: 'top-down', ...attributes('out') },
  { direction: 'top-down', ...attributes('""') },
  { direction: 'top-down', ...attributes('""', '0.6') },
  { direction: 'left-right', ...attributes('""') },
] as const;

interface Drawn {
  readonly svg: string;
  readonly legibility: Legibility;
}

/** The chart as SVG, laid out as it is easiest to read; the same chart always gives the same text. */
export async function toSvg(chart: Chart): Promise<string> {
  const { svg } = await drawn(chart);
  return onWhite(withLabelsOnTop(svg));
}

/** The best of all layouts, with what is hard to read in it. */
export async function drawn(chart: Chart): Promise<Drawn> {
  const model = modelOf(chart);
  const svgs = await Promise.all(
    LAYOUTS.map((layout) => render(model, { ...layout, inputType: 'json', outputType: 'svg' })),
  );
  const layouts = svgs
    .map((svg) => ({ svg, atLeast: badness(legibilityWithoutLabels(svg)) }))
    .toSorted((one, other) => one.atLeast - other.atLeast);
  let best: { drawn: Drawn; howBad: number } | null = null;
  for (const { svg, atLeast } of layouts) {
    if (best !== null && atLeast >= best.howBad) break;
    const labelled = withLabelsMoved(svg);
    const legibility = legibilityOf(labelled);
    const howBad = badness(legibility);
    if (best === null || howBad < best.howBad) best = { drawn: { svg: labelled, legibility }, howBad };
  }
  if (best === null) throw new Error('there is no layout');
  return best.drawn;
}

function modelOf(chart: Chart): IStateMachine {
  const states = chart.states.map(stateOf);
  const fromAnywhere = chart.anywhere.length > 0 || chart.arrows.some(({ from }) => from === ANY_STATE);
  if (fromAnywhere) states.push(anyState(chart.anywhere));
  const arrows = merged(chart.arrows);
  const transitions = arrows.map(
    ({ from, to, label }, index): ITransition => ({ id: index + 1, from, to, label }),
  );
  return withInitial({ states, transitions }, 'initial', chart.initial, arrows.length + 1);
}

function stateOf(state: ChartState): IState {
  const { id, name, type, entry, exit, invoked, lines, states } = state;
  const isEnd = type === 'final';
  const actions = [
    ...(isEnd ? [line('(the end)')] : []),
    ...entry.flatMap((text) => line(`entry / ${text}`)),
    ...invoked.flatMap((text) => line(`invoke ${text}`)),
    ...lines.flatMap(wrapped),
    ...exit.flatMap((text) => line(`exit / ${text}`)),
  ];
  const inner = { states: states.map(stateOf) };
  return {
    name: id,
    label: centred(name),
    type: type === 'parallel' ? 'parallel' : 'regular',
    typeExplicitlySet: true,
    ...(actions.length > 0 && { actions }),
    ...(isEnd && { color: END_COLOR }),
    // The way in is an arrow inside the box; its number only has to differ from those outside.
    ...(states.length > 0 && { statemachine: withInitial(inner, `${id}.initial`, state.initial, hash(id)) }),
  };
}

const line = (body: string) => ({ type: 'activity' as const, body: roomy(body) });
const wrapped = (text: string) => wrap(text, MAX_LINE_CHARS).map(line);

const anyState = (lines: readonly string[]): IState => ({
  name: ANY_STATE,
  label: centred('in every state'),
  type: 'regular',
  typeExplicitlySet: true,
  color: ANY_COLOR,
  ...(lines.length > 0 && { actions: lines.flatMap(wrapped) }),
});

function withInitial(machine: IStateMachine, name: string, to: string | null, id: number): IStateMachine {
  if (to === null) return machine;
  return {
    states: [{ name, type: 'initial', typeExplicitlySet: true }, ...machine.states],
    transitions: [{ id, from: name, to }, ...(machine.transitions ?? [])],
  };
}

/** Numbers of the arrows inside boxes begin here. */
const FIRST_INNER_ID = 1000;
const hash = (text: string) =>
  FIRST_INNER_ID + [...text].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_000, 7);

/** One arrow from a state to another, with all the events that take it. */
function merged(arrows: readonly Arrow[]): { from: string; to: string; label: string }[] {
  const byEnds = new Map<string, { from: string; to: string; labels: Label[] }>();
  for (const { from, to, label } of arrows) {
    const ends = `${from}\n${to}`;
    const arrow = byEnds.get(ends) ?? { from, to, labels: [] };
    byEnds.set(ends, arrow);
    arrow.labels.push(label);
  }
  return [...byEnds.values()].map(({ from, to, labels }) => ({
    from,
    to,
    label: joined(labels).map(labelText).join('\n'),
  }));
}

const labelText = (label: Label) => wrap(textOf(label), MAX_LABEL_CHARS).map(roomy).join('\n');

const NO_BREAK_SPACE = '\u00a0';
/** Room that a text needs where the reader's font is wider than Helvetica, by which the boxes are measured. */
const WIDER_FONT_SHARE = 0.3;
const room = (text: string) => NO_BREAK_SPACE.repeat(Math.ceil(text.length * WIDER_FONT_SHARE));
export const roomy = (text: string) => text.replaceAll('  ', NO_BREAK_SPACE.repeat(4)) + room(text);
const centred = (text: string) =>
  room(text.slice(text.length / 2)) + text + room(text.slice(text.length / 2));

/** Readers with a dark page would see black on black. */
export const onWhite = (svg: string): string => {
  const text = svg.replace(/(<svg[^>]*>)/, '$1\n<rect width="100%" height="100%" fill="white"/>');
  return `${text.replaceAll(/[ \t]+$/gm, '').trim()}\n`;
};
