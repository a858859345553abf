/** One line of a chart. Its points are sorted by `x`; only the first `count` of each array are looked at. */
export interface Series {
  readonly id: string;
  readonly label: string;
  /** 1 to 6: the chart colours of tokens.css. */
  readonly colour: number;
  readonly x: Float64Array;
  /** Not a number where there is no value: the line goes on with the next one. */
  readonly y: Float64Array;
  readonly count: number;
  /** Drawn behind the others and paler: the raw values under a smoothed line. */
  readonly isFaint?: boolean;
}

/** A stretch of the x axis, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The first index whose value is not below `value`; `count` where there is none. */
export function lowerBound(x: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the point nearest to `value` by x, or -1 where the series is empty. */
export function nearest(series: Series, value: number): number {
  const { x, count } = series;
  if (count === 0) return -1;
  const at = lowerBound(x, count, value);
  if (at === 0) return 0;
  if (at === count) return count - 1;
  return value - (x[at - 1] as number) <= (x[at] as number) - value ? at - 1 : at;
}

/** From the smallest to the largest x of all series, or nothing where no series has a point. */
export function extent(series: readonly Series[]): Range | undefined {
  let from = Infinity;
  let to = -Infinity;
  for (const { x, count } of series) {
    if (count === 0) continue;
    from = Math.min(from, x[0] as number);
    to = Math.max(to, x[count - 1] as number);
  }
  return from <= to ? { from, to } : undefined;
}
