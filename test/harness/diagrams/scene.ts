import { type Box, boundsOf, type Line, lineOf, type Point } from './geometry.ts';

/** An arrow as it was drawn: its line, its head, and the boxes of its text, a line of text each. */
export interface DrawnArrow {
  readonly line: Line;
  readonly head: readonly Box[];
  readonly label: readonly Box[];
}

/** What a picture that graphviz has drawn consists of. */
export interface Scene {
  readonly arrows: readonly DrawnArrow[];
  readonly states: readonly Box[];
  /** Of states that hold others. */
  readonly borders: readonly Box[];
  /** What is written in states that hold others, a line of text each. */
  readonly texts: readonly Box[];
  /** The whole picture. */
  readonly frame: Box;
}

export const sceneOf = (svg: string): Scene => ({
  arrows: arrowsIn(svg),
  states: groupsOf(svg, 'node').flatMap(boxesIn),
  borders: groupsOf(svg, 'cluster').flatMap(boxesIn),
  texts: groupsOf(svg, 'cluster').flatMap(textsIn),
  frame: frameOf(svg),
});

const arrowsIn = (svg: string): DrawnArrow[] =>
  groupsOf(svg, 'edge').flatMap((group) => {
    const line = lineOf(pointsOf(/<path[^>]* d="([^"]*)"/.exec(group)?.[1] ?? ''));
    return line === null ? [] : [{ line, head: headsIn(group), label: textsIn(group) }];
  });
const headsIn = (group: string) =>
  [...group.matchAll(/<polygon[^>]* points="([^"]*)"/g)].map(([, points = '']) => boundsOf(pointsOf(points)));

const groupsOf = (svg: string, kind: 'node' | 'edge' | 'cluster') =>
  [...svg.matchAll(new RegExp(`<g id="[^"]*" class="${kind}[^"]*">([\\s\\S]*?)</g>`, 'g'))].map(
    ([, body = '']) => body,
  );

const POINT = /(-?[\d.]+),(-?[\d.]+)/g;
const pointsOf = (text: string): Point[] =>
  [...text.matchAll(POINT)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));

/** The frame of a state is its first shape; where a chart begins that is a dot. */
function boxesIn(group: string): Box[] {
  const points = pointsOf(/ (?:points|d)="([^"]*)"/.exec(group)?.[1] ?? '');
  if (points.length > 0) return [boundsOf(points)];
  const dot = / cx="(\S+)" cy="(\S+)" rx="(\S+)" ry="(\S+)"/.exec(group);
  if (dot === null) return [];
  const [x = 0, y = 0, width = 0, height = 0] = dot.slice(1).map(Number);
  return [{ left: x - width, right: x + width, top: y - height, bottom: y + height }];
}

/** The ground of the whole picture; without one there is no end to it. */
function frameOf(svg: string): Box {
  const points = pointsOf(
    /class="graph"[^>]*>\s*<title>[^<]*<\/title>\s*<polygon[^>]* points="([^"]*)"/.exec(svg)?.[1] ?? '',
  );
  if (points.length > 0) return boundsOf(points);
  const far = Number.MAX_SAFE_INTEGER;
  return { left: -far, top: -far, right: far, bottom: far };
}

/** All in ems of the font. What a line of text takes, and how much of that is below the line on which it stands. */
const TEXT_HEIGHT = 1.1;
const DESCENT = 0.25;
const SPACE_WIDTH = 0.28;
/** Of a character, in a font that is wider than Helvetica. */
const CHAR_WIDTH = 0.56;
const TEXT = /<text[^>]* x="(-?[\d.]+)" y="(-?[\d.]+)"[^>]* font-size="([\d.]+)"[^>]*>([^<]*)<\/text>/g;

/** The boxes of the lines of a text, as wide as the text is, and not the room that is left for it. */
export const textsIn = (group: string): Box[] =>
  [...group.matchAll(TEXT)].flatMap(([, x, y, size, text = '']) => {
    const shown = text
      .replaceAll(/&#160;|&[a-z]+;/g, (entity) => (entity === '&#160;' ? ' ' : '-'))
      .replaceAll('\u00a0', ' ')
      .trimEnd();
    if (shown === '') return [];
    const em = Number(size);
    const indent = shown.length - shown.trimStart().length;
    const left = Number(x) + indent * SPACE_WIDTH * em;
    const right = left + (shown.length - indent) * CHAR_WIDTH * em;
    const bottom = Number(y) + DESCENT * em;
    return [{ left, right, top: bottom - TEXT_HEIGHT * em, bottom }];
  });
