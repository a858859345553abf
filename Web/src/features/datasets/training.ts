import type { DatasetReply } from "../../api/types.js";

/** The form of a training with a file, named after it and, where the file is short, with the preset for few rows. */
export function trainingWith(file: DatasetReply, model?: string): string {
  const query = new URLSearchParams({ dataset: file.file_path, name: file.name.replace(/\.[a-z]+$/i, "") });
  if (file.rows < 100) query.set("preset", "small");
  if (model) query.set("model", model);
  return `/app/tasks/new?${query.toString()}`;
}
