import type { Series } from "./series.js";

/** The series as a table: a row for each x that any of them has, an empty cell where one has no value (RFC 4180). */
export function toCSV(series: readonly Series[], nameOfX: string): string {
  const shown = series.filter((line) => !line.isFaint);
  const rows = new Map<number, string[]>();
  shown.forEach((line, column) => {
    for (let index = 0; index < line.count; index++) {
      const x = line.x[index] as number;
      let row = rows.get(x);
      if (!row) rows.set(x, (row = shown.map(() => "")));
      const value = line.y[index] as number;
      row[column] = Number.isNaN(value) ? "" : String(value);
    }
  });
  const lines = [[nameOfX, ...shown.map((line) => line.label)].map(cell).join(",")];
  for (const x of [...rows.keys()].sort((a, b) => a - b)) lines.push([String(x), ...(rows.get(x) as string[])].join(","));
  return lines.join("\r\n") + "\r\n";
}

/** A word that a spreadsheet takes for a formula is led by an apostrophe: names are what a user typed. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
