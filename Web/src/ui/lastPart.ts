/** The last part of a path; anything else as it is: `/models/Qwen` is `Qwen`, and `Qwen/Qwen2.5` stays. */
export function lastPart(name: string): string {
  return name.startsWith("/") ? name.replace(/\/+$/, "").replace(/^.*\//, "") || name : name;
}
