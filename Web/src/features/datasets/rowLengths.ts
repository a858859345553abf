import type { LengthReply } from "../../api/types.js";

export interface Bar {
  readonly from: number;
  readonly below: number;
  readonly rows: number;
}

/** Bars of equal share: as many to a doubling as make a picture of about two dozen. */
export function bars(length: LengthReply, most = 24): readonly Bar[] {
  const first = length.bins[0];
  const last = length.bins[length.bins.length - 1];
  if (!first || !last) return [];
  const octaves = Math.log2(Math.max(last.below, 2)) - Math.log2(Math.max(first.from, 1));
  const each = [8, 4, 2].find((count) => octaves * count <= most) ?? 1;
  const found: Bar[] = [];
  for (let octave = 0, from = 0; from < last.below; octave++) {
    for (let part = 1; part <= each; part++) {
      const below = Math.ceil(2 ** octave * (1 + part / each));
      if (below <= from) continue;
      const rows = length.bins.reduce((sum, bin) => (bin.from >= from && bin.from < below ? sum + bin.rows : sum), 0);
      if (below > first.from && from < last.below) found.push({ from, below, rows });
      from = below;
    }
  }
  return found;
}

/** About how many rows are longer than a limit; a bin that the limit parts is parted evenly. */
export function rowsAbove(length: LengthReply, limit: number): number {
  if (limit >= length.maximum) return 0;
  let rows = 0;
  for (const bin of length.bins) {
    // No row is longer than the longest.
    const below = Math.max(bin.from + 1, Math.min(bin.below, length.maximum + 1));
    if (bin.from > limit) rows += bin.rows;
    else if (below - 1 > limit) rows += (bin.rows * (below - 1 - limit)) / (below - bin.from);
  }
  return Math.max(1, Math.round(rows));
}

/** Where in the picture a length stands, 0 to 1; the picture is even in doublings. */
export function placeOf(limit: number, bars: readonly Bar[]): number | undefined {
  const index = bars.findIndex((bar) => limit < bar.below);
  const bar = bars[index];
  if (!bar || limit < (bars[0] as Bar).from) return undefined;
  return (index + (limit - bar.from) / (bar.below - bar.from)) / bars.length;
}
