import { around, type Box, type Line, type Point, shifted } from './geometry.ts';
import { badnessOf, distanceFrom, troublesOf } from './legibility.ts';
import { type DrawnArrow, type Scene, sceneOf, textsIn } from './scene.ts';

const ARROW =
  /<!-- [^\n]* -->\n<g id="([^"]*)" class="(edge[^"]*)">\n(<title>[^\n]*<\/title>)\n([\s\S]*?)<\/g>\n/g;
const TEXT = /<text[^\n]*\n/g;
/** Between a line and its text; graphviz leaves none. */
const GAP = 5;
/** Room around a text. */
const MARGIN = 1;
/** Where along its line a label may stand, as shares of its length: the middle is tried first. */
const ALONG = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];
/** A label that is far from its line belongs to nobody. In crossings, for each point. */
const PER_POINT_AWAY = 1 / 20;
/** Graphviz has left room where it has put a label. The same, for each point that it was moved. */
const PER_POINT_MOVED = 1 / 200;

/** Moves each label to where it lies on the least: beside its own line, if there is room. */
export function withLabelsMoved(svg: string): string {
  const scene = sceneOf(svg);
  const arrows = [...scene.arrows];
  const moves = arrows.map((arrow, index) => {
    const move = bestMove(
      arrow,
      arrows.filter((_, other) => other !== index),
      scene,
    );
    arrows[index] = movedBy(arrow, move);
    return move;
  });
  let index = 0;
  return svg.replaceAll(ARROW, (arrow) => {
    const { x: right, y: down } = moves[index++] ?? { x: 0, y: 0 };
    return arrow.replaceAll(
      /(<text[^>]* x=")(-?[\d.]+)(" y=")(-?[\d.]+)"/g,
      (_, head: string, x: string, between: string, y: string) =>
        `${head}${round(Number(x) + right)}${between}${round(Number(y) + down)}"`,
    );
  });
}

const movedBy = ({ label, ...arrow }: DrawnArrow, move: Point): DrawnArrow => ({
  ...arrow,
  label: label.map((box) => shifted(box, move)),
});

function bestMove(arrow: DrawnArrow, others: readonly DrawnArrow[], scene: Scene): Point {
  if (arrow.label.length === 0) return { x: 0, y: 0 };
  const whole = around(arrow.label);
  const costOf = (move: Point) =>
    badnessOf(troublesOf(movedBy(arrow, move), others, scene)) +
    distanceFrom(arrow.line, shifted(whole, move)) * PER_POINT_AWAY +
    Math.hypot(move.x, move.y) * PER_POINT_MOVED;
  const moves = [{ x: GAP, y: 0 }, ...movesAlong(arrow.line, whole)];
  return moves
    .map((move) => ({ move, cost: costOf(move) }))
    .reduce((least, other) => (other.cost < least.cost ? other : least)).move;
}

/** To the right and the left of its line, above it and below; and on it, for lines that have no room beside them. */
const movesAlong = ({ points }: Line, { left, top, right, bottom }: Box): Point[] =>
  ALONG.flatMap((share) => {
    const { x, y } = points[Math.round(share * (points.length - 1))] ?? { x: 0, y: 0 };
    const [middle, centre] = [(top + bottom) / 2, (left + right) / 2];
    return [
      { x: x + GAP - left, y: y - middle },
      { x: x - GAP - right, y: y - middle },
      { x: x - centre, y: y - GAP - bottom },
      { x: x - centre, y: y + GAP - top },
      { x: x + GAP - left, y: y - GAP - bottom },
      { x: x + GAP - left, y: y + GAP - top },
      { x: x - GAP - right, y: y - GAP - bottom },
      { x: x - GAP - right, y: y + GAP - top },
      { x: x - centre, y: y - middle },
    ];
  });

/**
 * Puts the labels of arrows above everything else, on a ground of their own, so that no line goes through them. A label
 * keeps the title of its arrow: the page of machines lights both.
 */
export function withLabelsOnTop(svg: string): string {
  const labels: string[] = [];
  const lines = svg.replaceAll(ARROW, (arrow, id: string, kind: string, title: string, body: string) => {
    const ground = groundOf(body);
    if (ground === '') return arrow;
    const texts = body.match(TEXT)?.join('') ?? '';
    labels.push(`<g id="${id}.label" class="${kind} label">\n${title}\n${ground}${texts}</g>\n`);
    return arrow.replace(texts, '');
  });
  return lines.replace(/<\/g>\n<\/svg>\s*$/, () => `${labels.join('')}</g>\n</svg>\n`);
}

const groundOf = (body: string): string =>
  textsIn(body)
    .map(({ left, top, right, bottom }) => {
      const [x, y] = [left - MARGIN, top - MARGIN].map(round);
      const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN].map(round);
      return `<rect fill="white" fill-opacity="0.85" x="${x}" y="${y}" width="${width}" height="${height}"/>\n`;
    })
    .join('');

const round = (value: number) => Math.round(value * 100) / 100;
