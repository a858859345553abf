/** An estimate has two figures, not ten. */
export function rounded(value: number): number {
  if (value < 100) return value;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}

/** Numbers of weights as people say them: 6.7B. */
export function count(value: number): string {
  const units: readonly (readonly [number, string])[] = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
  const [unit, name] = units.find(([unit]) => value >= unit) ?? [1, ""];
  const number = value / unit;
  return `${number >= 100 || unit === 1 ? Math.round(number) : Number(number.toFixed(1))}${name}`;
}
