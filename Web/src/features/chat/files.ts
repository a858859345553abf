import { open } from "../../api/client.js";

/** Saves what a route answers as a file: links carry no token. */
export async function saveAnswer(
  route: "GET /conversations/export" | "GET /conversations/{session_id}/export" | "GET /conversations/{session_id}/export.md",
  path: { readonly session_id?: string },
  name: string,
): Promise<void> {
  const answer = await open(route as "GET /conversations/{session_id}/export", { path: path as { session_id: string } });
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
