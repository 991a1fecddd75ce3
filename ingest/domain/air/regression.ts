/** Straight lines through pairs: `x` the reference, `y` the device. */

export interface Line {
  slope: number;
  intercept: number;
}

/** Central moments of pairs. */
export interface Moments {
  n: number;
  meanX: number;
  meanY: number;
  /** Sums of squares and products about the means. */
  xx: number;
  yy: number;
  xy: number;
}

/** In two passes: differences from the means are summed, so that large means cost no digits. */
export function momentsOf(x: readonly number[], y: readonly number[]): Moments {
  const n = Math.min(x.length, y.length);
  const mean = (values: readonly number[]): number =>
    values.slice(0, n).reduce((sum, value) => sum + value, 0) / n;
  const [meanX, meanY] = [mean(x), mean(y)];
  const moments: Moments = { n, meanX, meanY, xx: 0, yy: 0, xy: 0 };
  for (let index = 0; index < n; index++) {
    const dx = (x[index] ?? 0) - meanX;
    const dy = (y[index] ?? 0) - meanY;
    moments.xx += dx * dx;
    moments.yy += dy * dy;
    moments.xy += dx * dy;
  }
  return moments;
}

/** Least squares of y on x: all error in y. Null when x does not vary. */
export function leastSquares(moments: Moments): Line | null {
  return moments.xx > 0 ? through(moments, moments.xy / moments.xx) : null;
}

/** Orthogonal (Deming with equal error variances): both sides have errors. Null when nothing varies together. */
export function deming(moments: Moments): Line | null {
  const { xx, yy, xy } = moments;
  if (xy === 0) return null;
  const difference = yy - xx;
  return through(moments, (difference + Math.hypot(difference, 2 * xy)) / (2 * xy));
}

/** Reduced major axis: the ratio of the spreads. Null when one side does not vary. */
export function reducedMajorAxis(moments: Moments): Line | null {
  const { xx, yy, xy } = moments;
  if (xx === 0 || yy === 0 || xy === 0) return null;
  return through(moments, Math.sign(xy) * Math.sqrt(yy / xx));
}

/** Squared correlation. Null when one side does not vary. */
export function rSquared({ xx, yy, xy }: Moments): number | null {
  return xx > 0 && yy > 0 ? (xy * xy) / (xx * yy) : null;
}

function through({ meanX, meanY }: Moments, slope: number): Line {
  return { slope, intercept: meanY - slope * meanX };
}
