import { ask } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { dropToken, session } from "../../api/session.js";
import { hashOf } from "../../api/sha256.js";
import type { UploadReply } from "../../api/types.js";
import { pauseBefore, type Wire } from "./partUpload.js";

/** Uploads over the API. */
export const overHTTP: Wire = {
  begin: (file) => ask("POST /api/datasets/uploads", { body: { filename: file.name, size: file.size } }),
  standing: (id, withHash) =>
    ask("GET /api/datasets/uploads/{upload_id}", { path: { upload_id: id }, query: withHash ? { hash: true } : {} }),
  complete: (id) => ask("POST /api/datasets/uploads/{upload_id}/complete", { path: { upload_id: id } }),
  discard: async (id) => {
    await ask("DELETE /api/datasets/uploads/{upload_id}", { path: { upload_id: id } });
  },
  hash: hashOf,
  rest: (attempt, signal) =>
    new Promise((done, failed) => {
      const timer = setTimeout(done, pauseBefore(attempt) * 1000);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        failed(signal.reason as Error);
      });
    }),
  /** `fetch` does not tell how far it is, so this is the older way. */
  send: (id, offset, bytes, tell, signal) =>
    new Promise((done, failed) => {
      const token = session.get()?.token ?? "";
      const request = new XMLHttpRequest();
      request.open("PUT", `/api/datasets/uploads/${encodeURIComponent(id)}?offset=${offset}`);
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = ({ loaded }) => tell(loaded);
      request.onload = () => {
        if (request.status >= 200 && request.status < 300) return done(JSON.parse(request.responseText) as UploadReply);
        if (request.status === 401) dropToken(token);
        failed(said(request));
      };
      request.onerror = () => failed(new Problem("no_answer", "The connection was lost while the file was sent.", 0));
      request.onabort = () => failed(signal.reason as Error);
      signal.addEventListener("abort", () => request.abort());
      request.send(bytes);
    }),
};

function said(request: XMLHttpRequest): Problem {
  try {
    const { code, error, hint } = JSON.parse(request.responseText) as { code: string; error: string; hint?: string };
    return new Problem(code, error, request.status, hint);
  } catch {
    return new Problem("no_answer", `${request.status} ${request.statusText}`, request.status);
  }
}
