export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle of a picture, in its own units. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A curve as points that lie close to each other, and the box that holds them. */
export interface Line {
  readonly points: readonly Point[];
  readonly bounds: Box;
}

export function boundsOf(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** The box that holds these. */
export const around = (boxes: readonly Box[]): Box =>
  boundsOf(
    boxes.flatMap(({ left, top, right, bottom }) => [
      { x: left, y: top },
      { x: right, y: bottom },
    ]),
  );

export const shifted = ({ left, top, right, bottom }: Box, { x, y }: Point): Box => ({
  left: left + x,
  right: right + x,
  top: top + y,
  bottom: bottom + y,
});

export const meet = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

export const isWithin = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left &&
  inner.right <= outer.right &&
  inner.top >= outer.top &&
  inner.bottom <= outer.bottom;

const holds = ({ left, top, right, bottom }: Box, { x, y }: Point) =>
  x > left && x < right && y > top && y < bottom;

/** Whether the line goes through the box. */
export const goesThrough = ({ points, bounds }: Line, box: Box): boolean =>
  meet(bounds, box) && points.some((point) => holds(box, point));

/** How far a box is from a point; 0 where it holds it. */
export const distanceOf = ({ left, top, right, bottom }: Box, { x, y }: Point): number =>
  Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));

/** Between two points of a line. */
const STEP = 4;

/** A path of SVG that consists of cubic curves, as graphviz draws arrows; null if there is none. */
export function lineOf([start, ...rest]: readonly Point[]): Line | null {
  if (start === undefined) return null;
  const points = [start];
  for (let at = 0; at + 2 < rest.length; at += 3) {
    const from = points.at(-1) ?? start;
    const [one = from, two = from, to = from] = rest.slice(at, at + 3);
    const steps = Math.max(2, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP));
    for (let step = 1; step <= steps; step += 1) points.push(onCurve([from, one, two, to], step / steps));
  }
  return { points, bounds: boundsOf(points) };
}

function onCurve([from, one, two, to]: readonly [Point, Point, Point, Point], t: number): Point {
  const at = (axis: 'x' | 'y') =>
    (1 - t) ** 3 * from[axis] +
    3 * (1 - t) ** 2 * t * one[axis] +
    3 * (1 - t) * t ** 2 * two[axis] +
    t ** 3 * to[axis];
  return { x: at('x'), y: at('y') };
}

/** How often two lines cross. */
export function crossingsOf(one: Line, other: Line): number {
  if (!meet(one.bounds, other.bounds)) return 0;
  let count = 0;
  for (let at = 1; at < one.points.length; at += 1) {
    if (!isNear(one.points[at], other.bounds)) continue;
    for (let against = 1; against < other.points.length; against += 1)
      if (doCross(one.points, at, other.points, against)) count += 1;
  }
  return count;
}

/** Whether a piece of a line that ends there can reach the box. */
const isNear = (point: Point | undefined, box: Box) =>
  point !== undefined && distanceOf(box, point) <= 2 * STEP;

function doCross(one: readonly Point[], at: number, other: readonly Point[], against: number): boolean {
  const [a, b, c, d] = [one[at - 1], one[at], other[against - 1], other[against]];
  if (a === undefined || b === undefined || c === undefined || d === undefined) return false;
  // Most pieces are far from each other.
  if (Math.abs(a.x - c.x) > 2 * STEP || Math.abs(a.y - c.y) > 2 * STEP) return false;
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

const side = (a: Point, b: Point, c: Point) =>
  Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
