/** As sizes are shown. */
const GB = 1e9;

/** A whole number, nothing for an empty field, and not a number for what is neither. */
export function limitOf(text: string, least: number): number | undefined {
  if (text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= least ? value : NaN;
}

/** Bytes of a number of GB. */
export function storageOf(text: string): number | undefined {
  if (text.trim() === "") return undefined;
  const value = Math.round(Number(text) * GB);
  return Number.isSafeInteger(value) && value >= 0 ? value : NaN;
}

/** A number of GB that is the same bytes again, in few digits. */
export function storageText(bytes: number | null | undefined): string {
  if (bytes == null) return "";
  for (let digits = 0; digits < 10; digits += 1) {
    const text = String(Number((bytes / GB).toFixed(digits)));
    if (storageOf(text) === bytes) return text;
  }
  return String(bytes / GB);
}
