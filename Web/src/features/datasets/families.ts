import type { DatasetReply } from "../../api/types.js";

/** The files of one name. */
export interface Family {
  /** The newest. */
  readonly file: DatasetReply;
  /** The others, newest first. */
  readonly older: readonly DatasetReply[];
}

/** Files by their name, in the order in which the newest of each stands in the list. */
export function families(files: readonly DatasetReply[]): readonly Family[] {
  const named = new Map<string, DatasetReply[]>();
  for (const file of files) named.set(file.name, [...(named.get(file.name) ?? []), file]);
  return [...named.values()].map((all) => {
    const [file, ...older] = [...all].sort((a, b) => b.version - a.version);
    return { file: file as DatasetReply, older };
  });
}
