import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createMachine } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { chartOf } from './diagrams/chart.ts';
import { withLabelsMoved, withLabelsOnTop } from './diagrams/labels.ts';
import { badness, type Legibility, legibilityOf } from './diagrams/legibility.ts';
import { drawn, toSvg } from './diagrams/svg.ts';

/** Two states beside each other, an arrow between them with a label, and what else is to be in the picture. */
const picture = (...more: readonly string[]) => `<svg viewBox="0 0 200 100">
<g id="graph0" class="graph" transform="translate(0 0)">
<title>picture</title>
${rectangle(0, 0, 200, 100)}
${state('one', 0, 0, 20, 20)}
${state('two', 180, 0, 200, 20)}
${arrow('1', 'one->two', 'M20,10C60,10 140,10 180,10', 'go', 80, 40)}
${more.join('\n')}
</g>
</svg>
`;
type Corners = readonly [left: number, top: number, right: number, bottom: number];
const rectangle = (...[left, top, right, bottom]: Corners) =>
  `<polygon points="${left},${top} ${right},${top} ${right},${bottom} ${left},${bottom}"/>`;
function state(
  name: string,
  ...[left, top, right, bottom, kind = 'node', more = '']: [...Corners, kind?: string, more?: string]
) {
  return `<!-- ${name} -->
<g id="${name}" class="${kind} state">
<title>${name}</title>
${rectangle(left, top, right, bottom)}
${more}</g>`;
}
const dot = (x: number, y: number) =>
  `<g id="dot" class="node state initial"><ellipse cx="${x}" cy="${y}" rx="5" ry="5"/></g>\n`;
const arrow = (id: string, title: string, line: string, label: string, x: number, y: number) =>
  `<!-- ${title} -->
<g id="edge${id}" class="edge transition">
<title>${title}</title>
<path d="${line}"/>
<polygon points="${head(line)}"/>
${text(label, x, y)}</g>`;
const text = (words: string, x: number, y: number) =>
  `<text x="${x}" y="${y}" font-size="10.00">${words}</text>\n`;
/** At the end of the line, of ten points. */
const head = (line: string) => {
  const [x = 0, y = 0] = line
    .split(/[ ,A-Z]/)
    .slice(-2)
    .map(Number);
  return `${x},${y - 4} ${x + 10},${y} ${x},${y + 4}`;
};

const troubles = ({ width: _width, height: _height, ...counted }: Legibility) => counted;
const NONE = {
  labelsOnLabels: 0,
  labelsOnLines: 0,
  labelsOnStates: 0,
  labelsOnTheirs: 0,
  linesOnTexts: 0,
  crossings: 0,
};
/** In all pictures together; found by looking at them. */
const MAX_LABELS_ON_LINES = 3;
const MAX_LABELS_ON_STATES = 3;
const MAX_LABELS_ON_THEIRS = 12;
const FAR = 'M100,70C110,70 120,70 130,70';

describe('what is hard to read in a picture', () => {
  const cases: readonly [what: string, more: string, found: Partial<Legibility>][] = [
    ['nothing', '', {}],
    ['a label on another', arrow('2', 'a->b', FAR, 'back', 85, 42), { labelsOnLabels: 1 }],
    ['a label on a state', arrow('2', 'a->b', FAR, 'b', 2, 8), { labelsOnStates: 1 }],
    [
      'a label on the dot at the start',
      dot(110, 85) + arrow('2', 'a->b', FAR, 'back', 105, 88),
      { labelsOnStates: 1 },
    ],
    ['a label beyond the picture', arrow('2', 'a->b', FAR, 'back', 190, 88), { labelsOnStates: 1 }],
    [
      'a label on the border of a state that holds others',
      state('all', 82, 25, 200, 90, 'cluster'),
      { labelsOnStates: 1 },
    ],
    ['a label within such a state', state('all', 40, 25, 200, 90, 'cluster'), {}],
    [
      'a label on what is written in such a state',
      state('all', 40, 25, 200, 90, 'cluster', text('entry', 85, 45)),
      { labelsOnStates: 1 },
    ],
    [
      'a line through what is written in such a state',
      state('all', 40, 5, 200, 90, 'cluster', text('entry', 130, 12)),
      { linesOnTexts: 1 },
    ],
    ['a label on its own line', arrow('2', 'a->b', FAR, 'back', 102, 72), { labelsOnTheirs: 1 }],
    ['a label on the head of its arrow', arrow('2', 'a->b', FAR, 'back', 132, 80), { labelsOnTheirs: 1 }],
    [
      'a line through a label',
      arrow('2', 'a->b', 'M85,20C85,30 85,40 85,60', '', 0, 0),
      { labelsOnLines: 1 },
    ],
    ['lines that cross', arrow('2', 'a->b', 'M97,0C97,5 97,16 97,23', '', 0, 0), { crossings: 1 }],
  ];
  for (const [what, more, found] of cases)
    it(`is found: ${what}`, () => {
      assert.deepEqual(troubles(legibilityOf(picture(more))), { ...NONE, ...found });
    });

  it('counts for more than the size, and a flat picture is worse than one of the same area', () => {
    const good = { ...NONE, width: 1_000, height: 800 };
    for (const trouble of Object.keys(NONE))
      assert.ok(badness({ ...good, [trouble]: 1 }) > badness(good), trouble);
    assert.ok(badness({ ...NONE, width: 4_000, height: 200 }) > badness(good));
  });
});

describe('the labels of a picture', () => {
  /** An arrow between two states, whose label is put there; and where it then is. */
  const movedFrom = (x: number, y: number) => {
    const states = state('a', 60, 60, 100, 80) + state('b', 140, 60, 180, 80);
    const svg = withLabelsMoved(picture(states + arrow('2', 'a->b', FAR, 'back', x, y)));
    const [, right, down] = /<text x="(\S+)" y="(\S+)"[^>]*>back/.exec(svg) ?? [];
    return { svg, x: Number(right), y: Number(down) };
  };

  it('are moved off what they lie on, to a place beside their line', () => {
    const { svg, x, y } = movedFrom(2, 8);
    assert.deepEqual(troubles(legibilityOf(svg)), NONE);
    assert.ok(x > 95 && x < 135 && y > 50 && y < 90, `at ${x}, ${y}`);
  });

  it('stay about where they are, where nothing is in their way', () => {
    const { x, y } = movedFrom(107, 59);
    assert.ok(Math.abs(x - 107) <= 5 && Math.abs(y - 59) <= 5, `at ${x}, ${y}`);
  });

  it('stand above all lines, on a ground of their own, and by the title of their arrow', () => {
    const svg = withLabelsOnTop(picture(arrow('2', 'a->b', 'M85,20C85,30 85,40 85,60', 'more', 0, 90)));
    const places = ['<path d="M85,20', '<g id="edge1.label" class="edge transition label">', '>go<'].map(
      (part) => svg.indexOf(part),
    );
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
    assert.ok(places.every((place) => place > 0));
    assert.match(
      svg,
      /<g id="edge1\.label"[^>]*>\n<title>one->two<\/title>\n<rect [^>]*\/>\n<text [^>]*>go</,
    );
    assert.equal(svg.match(/>go</g)?.length, 1);
  });
});

describe('the pictures of the machines', () => {
  const pictures = new Map<string, Awaited<ReturnType<typeof drawn>>>();
  before(async () => {
    for (const { id, machine } of catalog) pictures.set(id, await drawn(chartOf(machine)));
  });

  it('have no label on another, and at most one crossing for two arrows', () => {
    for (const [id, { svg, legibility }] of pictures) {
      assert.equal(legibility.labelsOnLabels, 0, id);
      const arrows = svg.match(/class="edge/g)?.length ?? 0;
      assert.ok(legibility.crossings <= arrows / 2, `${id}: ${legibility.crossings} of ${arrows}`);
    }
  });

  it('have labels that lie on nothing, but for a few', () => {
    const sum = (of: (legibility: Legibility) => number) =>
      [...pictures.values()].reduce((all, { legibility }) => all + of(legibility), 0);
    assert.ok(sum(({ labelsOnLines }) => labelsOnLines) <= MAX_LABELS_ON_LINES);
    assert.ok(sum(({ labelsOnStates }) => labelsOnStates) <= MAX_LABELS_ON_STATES);
    assert.ok(sum(({ labelsOnTheirs }) => labelsOnTheirs) <= MAX_LABELS_ON_THEIRS);
  });

  it('are flat strips nowhere, but for small ones', () => {
    for (const [id, { legibility }] of pictures) {
      const { width, height } = legibility;
      assert.ok(width < 1_200 || width / height < 3.2, `${id}: ${width} by ${height}`);
    }
  });

  it('have the layout in which the least is hard to read: top-down this one would be a flat strip', () => {
    const { width = 0, height = 0 } = pictures.get('conform-requests')?.legibility ?? {};
    assert.ok(width < height * 2, `${width} by ${height}`);
  });

  it('are the same text each time', async () => {
    for (const { machine } of catalog.slice(0, 5)) {
      const chart = chartOf(machine);
      assert.equal(await toSvg(chart), await toSvg(chart));
    }
  });
});

describe('a chart', () => {
  it('shows where a state within another begins only where an arrow leads to the other', () => {
    const within = { initial: 'one', states: { one: { on: { go: '#m.apart.two' } } } };
    const apart = { initial: 'first', states: { first: {}, two: {} } };
    const at = (target: string) =>
      chartOf(createMachine({ id: 'm', initial: 'within', on: { away: target }, states: { within, apart } }));
    const initials = (target: string) => at(target).states.map(({ initial }) => initial);
    assert.deepEqual(initials('#m.apart.two'), ['m.within.one', null]);
    assert.deepEqual(initials('#m.apart'), ['m.within.one', 'm.apart.first']);
  });

  it('shows where each of several regions begins, though an arrow leads into one', () => {
    const region = { initial: 'one', states: { one: {}, two: {} } };
    const both = { type: 'parallel', states: { left: region, right: region } } as const;
    const machine = createMachine({
      id: 'm',
      initial: 'idle',
      states: { idle: { on: { go: '#m.both.left.two' } }, both },
    });
    const [, parallel] = chartOf(machine).states;
    assert.deepEqual(
      parallel?.states.map(({ initial }) => initial),
      [null, 'm.both.right.one'],
    );
  });
});
