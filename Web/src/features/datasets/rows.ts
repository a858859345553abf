/** A turn of a row, as a reader takes it. */
export interface Turn {
  readonly role: "system" | "user" | "assistant" | "chosen" | "rejected" | "label" | "text" | "tool";
  readonly text: string;
}

const ROLES: Record<string, Turn["role"]> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  function_call: "tool",
  observation: "tool",
  tool: "tool",
};

/** The turns of a row of any known format; nothing where it is none, or was cut and cannot be read. */
export function turns(row: string): readonly Turn[] {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch {
    // A line of plain text, or a row that was cut.
    return row.startsWith("{") ? [] : [{ role: "text", text: row }];
  }
  if (typeof value === "string") return [{ role: "text", text: value }];
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown>;
  const found: Turn[] = [];
  const add = (role: Turn["role"], part: unknown) => {
    const text = plain(part);
    if (text) found.push({ role, text });
  };
  add("system", fields["system"]);
  for (const list of [fields["messages"], fields["conversations"]]) {
    if (!Array.isArray(list)) continue;
    for (const each of list as unknown[]) {
      // A file with problems has anything here.
      if (typeof each !== "object" || each === null) {
        add("text", each);
        continue;
      }
      const message = each as Record<string, unknown>;
      const role = String(message["role"] ?? message["from"] ?? "");
      add(ROLES[role] ?? "text", message["content"] ?? message["value"]);
    }
  }
  add("user", [fields["instruction"], fields["input"]].map(plain).filter(Boolean).join("\n"));
  add("assistant", fields["output"]);
  add("text", fields["text"]);
  add("chosen", fields["chosen"]);
  add("rejected", fields["rejected"]);
  if (typeof fields["kto_tag"] === "boolean") add("label", fields["kto_tag"] ? "✓" : "✗");
  return found;
}

function plain(part: unknown): string {
  if (typeof part === "string") return part;
  if (part === undefined || part === null) return "";
  if (typeof part === "object" && !Array.isArray(part)) {
    const { value, content } = part as Record<string, unknown>;
    if (typeof value === "string") return value;
    if (typeof content === "string") return content;
  }
  return JSON.stringify(part);
}
