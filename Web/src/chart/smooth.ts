import type { Series } from "./series.js";

/**
 * An exponential moving average that is not drawn to nothing at its beginning (Kingma and Ba, 2014, section 3), as
 * TensorBoard draws it.
 *
 * `weight` is from 0 (the values themselves) to below 1. Gaps stay gaps and do not count.
 */
export function smooth(series: Series, weight: number): Float64Array {
  const { y, count } = series;
  const smoothed = new Float64Array(count);
  let average = 0;
  let left = 1;
  for (let index = 0; index < count; index++) {
    const value = y[index] as number;
    if (!Number.isFinite(value)) {
      smoothed[index] = value;
      continue;
    }
    average = weight * average + (1 - weight) * value;
    left *= weight;
    smoothed[index] = left < 1 ? average / (1 - left) : value;
  }
  return smoothed;
}

/** The smoothed line and, behind it, the values it was made of. */
export function withSmoothed(series: readonly Series[], weight: number): Series[] {
  if (weight <= 0) return [...series];
  const raw = series.map((line) => ({ ...line, id: `${line.id}:raw`, isFaint: true }));
  return [...raw, ...series.map((line) => ({ ...line, y: smooth(line, weight) }))];
}
