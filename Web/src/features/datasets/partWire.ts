import { ask } from "../../api/client.js";
import { hashOf } from "../../api/sha256.js";
import type { UploadReply } from "../../api/types.js";
import { send } from "../../api/upload.js";
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
  send: (id, offset, bytes, tell, signal) =>
    send<UploadReply>({
      method: "PUT",
      address: `/api/datasets/uploads/${encodeURIComponent(id)}?offset=${offset}`,
      body: bytes,
      type: "application/octet-stream",
      tell,
      signal,
    }),
};
