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

/** Scatter alone exceeds three standard errors once in 700 lines. */
const ERRORS = 3;

/** Whether a line surely rises by more than is tolerated. */
export const risesBeyond = ({ rise, error }: Slope, tolerance: number) => rise - ERRORS * error > tolerance;
