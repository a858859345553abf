import { lowerBound, type Range, type Series } from "./series.js";

/** A series cut into pixel columns: what a line through all its points would cover, at the price of the width. */
export interface Columns {
  /** How many entries of the arrays are in use: four for each column that has a point. */
  used: number;
  /** Pixels from the left end of the range. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  low: number;
  high: number;
}

export function makeColumns(): Columns {
  return { used: 0, x: new Float64Array(16_384), y: new Float64Array(16_384), low: Infinity, high: -Infinity };
}

/**
 * Puts the first, lowest, highest and last value of each of `width` columns into `into`.
 *
 * The point before and the one after the range are taken in, so that the line leaves at the edge. Where there are few
 * points they are taken as they are. `isLog` leaves out what has no logarithm.
 */
export function cut(series: Series, range: Range, width: number, isLog: boolean, into: Columns): void {
  const { x, y, count } = series;
  const first = Math.max(0, lowerBound(x, count, range.from) - 1);
  const end = Math.min(count, lowerBound(x, count, range.to) + 1);
  const factor = range.to > range.from ? width / (range.to - range.from) : 0;
  into.used = 0;
  into.low = Infinity;
  into.high = -Infinity;
  const most = Math.min(Math.floor(width), into.x.length / 4 - 2);
  if (end - first <= most * 2) {
    for (let index = first; index < end; index++) {
      const value = y[index] as number;
      if (!(isLog ? value > 0 : value === value)) continue;
      put(into, ((x[index] as number) - range.from) * factor, value);
    }
    return;
  }
  let index = first;
  while (index < end) {
    const column = Math.floor(((x[index] as number) - range.from) * factor);
    const limit = range.from + (column + 1) / factor;
    let low = Infinity;
    let high = -Infinity;
    let start = NaN;
    let last = NaN;
    do {
      const value = y[index] as number;
      if (isLog ? value > 0 : value === value) {
        if (start !== start) start = value;
        last = value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      index++;
    } while (index < end && (x[index] as number) < limit);
    if (start !== start) continue;
    const at = column + 0.5;
    put(into, at, start);
    if (low < start && low < last) put(into, at, low);
    if (high > start && high > last) put(into, at, high);
    if (last !== start) put(into, at, last);
    if (low < into.low) into.low = low;
    if (high > into.high) into.high = high;
  }
}

function put(into: Columns, x: number, value: number): void {
  if (into.used >= into.x.length) return;
  into.x[into.used] = x;
  into.y[into.used] = value;
  into.used++;
  if (value < into.low) into.low = value;
  if (value > into.high) into.high = value;
}
