/** A straight line through points, by least squares. */
export interface Slope {
  /** Rise for each unit of x. */
  readonly rise: number;
  /** Standard error of it: how far it may be off by the scatter of the points alone. */
  readonly error: number;
}

/** Needs at least three points with different x. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const count = points.length;
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / count;
  const [meanX, meanY] = [mean(0), mean(1)];
  let squares = 0;
  let products = 0;
  for (const [x, y] of points) {
    squares += (x - meanX) ** 2;
    products += (x - meanX) * (y - meanY);
  }
  const rise = products / squares;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - rise * (x - meanX)) ** 2, 0);
  return { rise, error: Math.sqrt(rest / (count - 2) / squares) };
}

/** What a line tells of a thing that must not rise: only what it tells for sure is an answer. */
export type Verdict = 'level' | 'grows' | 'inconclusive';

/** Scatter alone exceeds three standard errors once in 700 lines. */
const ERRORS = 3;

/**
 * Grows if the line surely rises by more than is tolerated; level if it does not, and not even one error more would. In
 * between, the points are too few or too scattered to tell: that is no reason to believe that all is well.
 */
export function verdictOf({ rise, error }: Slope, tolerance: number): Verdict {
  if (rise - ERRORS * error > tolerance) return 'grows';
  return rise + error <= tolerance ? 'level' : 'inconclusive';
}
