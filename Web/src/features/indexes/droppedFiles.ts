/** A file and the name it is to have: with its folders, where it came with them. */
export interface Named {
  readonly file: File;
  readonly name: string;
}

/** Files in a folder that nobody means by dropping it. */
const SKIPPED = new Set(["node_modules", "__pycache__"]);

/** Whether a name in a folder is one that is to be looked at. */
export function isMeant(name: string): boolean {
  return !name.startsWith(".") && !SKIPPED.has(name);
}

/** What was dropped, folders with all that is in them. Called while the drop is handled: later there is nothing any more. */
export async function droppedFiles(transfer: DataTransfer): Promise<Named[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  if (entries.every((entry) => entry === null)) return [...transfer.files].map((file) => ({ file, name: file.name }));
  const found: Named[] = [];
  for (const entry of entries) if (entry) await gather(entry, found);
  return found;
}

async function gather(entry: FileSystemEntry, found: Named[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    found.push({ file, name: entry.fullPath.replace(/^\/+/, "") });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // It gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return;
    for (const each of some) if (isMeant(each.name)) await gather(each, found);
  }
}

/** What was chosen in a file dialog; of a folder, what is meant. */
export function chosenFiles(files: FileList | null): Named[] {
  return [...(files ?? [])]
    .map((file) => ({ file, name: file.webkitRelativePath || file.name }))
    .filter(({ name }) => name.split("/").every((part, _, all) => all.length === 1 || isMeant(part)));
}
