/** Maps values of one axis to pixels. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  pixel(value: number): number;
  value(pixel: number): number;
  readonly ticks: readonly number[];
}

/** A step of 1, 2 or 5 times a power of ten, near `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const rest = rough / power;
  return (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10) * power;
}

/** `low` to `high` over the pixels `start` to `end`, with about `count` ticks at round values between. */
export function linearScale(low: number, high: number, start: number, end: number, count: number): Scale {
  if (!(high > low)) {
    const room = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - room, high + room];
  }
  const step = niceStep((high - low) / Math.max(1, count));
  const ticks: number[] = [];
  // Counted, not added up: sums of 0.1 drift.
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++) ticks.push(index * step);
  const factor = (end - start) / (high - low);
  return {
    low,
    high,
    ticks,
    pixel: (value) => start + (value - low) * factor,
    value: (pixel) => low + (pixel - start) / factor,
  };
}

/** As `linearScale`, by powers of ten; both ends are above nothing. */
export function logScale(low: number, high: number, start: number, end: number): Scale {
  if (!(high > low)) [low, high] = [low / 2, low * 2];
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const ticks: number[] = [];
  const fine = to - from < 2 ? [1, 2, 5] : [1];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++) {
    for (const digit of fine) {
      const value = digit * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  const factor = (end - start) / (to - from);
  return {
    low,
    high,
    ticks,
    pixel: (value) => start + (Math.log10(value) - from) * factor,
    value: (pixel) => 10 ** (from + (pixel - start) / factor),
  };
}

/** A tick of an axis whose ticks go up to `largest`: all of them written in one way. */
export function tickNumber(value: number, largest: number): string {
  return largest >= 1e-3 && Math.abs(value) >= 1e-6 && Math.abs(value) < 1e-3 ? String(+value.toPrecision(4)) : shortNumber(value);
}

/** A number as an axis or a table shows it: at most four digits that matter, `1.2k` from a thousand on. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size === 0) return "0";
  if (size >= 1e6) return `${+(value / 1e6).toFixed(2)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toFixed(1)}k`;
  if (size < 1e-3) return value.toExponential(3).replace(/\.?0+e/, "e");
  return String(+value.toPrecision(4));
}
