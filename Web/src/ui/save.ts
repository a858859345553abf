/**
 * Gives the reader a file, under a name that every system takes.
 *
 * `isExact` keeps the name: a file goes back out as it came in.
 */
export function save(blob: Blob, name: string, isExact = false): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = isExact ? name : name.replace(/[^\p{L}\p{N}._-]+/gu, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
