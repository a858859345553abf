import { observable } from "../../api/observable.js";
import { Problem } from "../../api/problem.js";
import { dropToken, session } from "../../api/session.js";
import type { DatasetUploadReply } from "../../api/types.js";

/** A file on its way, or what became of it. */
export interface Upload {
  readonly id: number;
  readonly file: File;
  /** Bytes that have left. */
  readonly sent: number;
  readonly state: "sending" | "checking" | "done" | "failed" | "stopped";
  readonly problem?: Problem;
  readonly reply?: DatasetUploadReply;
}

/** Kept beside the pages: going to another page does not stop an upload. */
export const uploads = observable<readonly Upload[]>([]);

const requests = new Map<number, XMLHttpRequest>();
let next = 0;

function change(id: number, changes: Partial<Upload>): void {
  uploads.set(uploads.get().map((each) => (each.id === id ? { ...each, ...changes } : each)));
}

// A page that is closed now would lose what is on its way.
addEventListener("beforeunload", (event) => {
  if (uploads.get().some((each) => each.state === "sending")) event.preventDefault();
});

/** Sends a file; `fetch` does not tell how far it is, so this is the older way. */
export function upload(file: File): void {
  const id = next++;
  uploads.set([...uploads.get(), { id, file, sent: 0, state: "sending" }]);
  const token = session.get()?.token ?? "";
  const request = new XMLHttpRequest();
  requests.set(id, request);
  request.open("POST", "/api/files/datasets");
  request.setRequestHeader("Authorization", `Bearer ${token}`);
  request.upload.onprogress = ({ loaded }) => change(id, { sent: Math.min(loaded, file.size) });
  request.upload.onload = () => change(id, { sent: file.size, state: "checking" });
  request.onload = () => {
    requests.delete(id);
    if (request.status >= 200 && request.status < 300) {
      change(id, { state: "done", reply: JSON.parse(request.responseText) as DatasetUploadReply });
    } else {
      if (request.status === 401) dropToken(token);
      change(id, { state: "failed", problem: said(request) });
    }
  };
  request.onerror = () => {
    requests.delete(id);
    // A server that refuses early may close the line before it is read: then only this is known.
    change(id, { state: "failed", problem: new Problem("no_answer", "The connection was lost while the file was sent.", 0) });
  };
  request.onabort = () => {
    requests.delete(id);
    change(id, { state: "stopped" });
  };
  const form = new FormData();
  form.set("file", file);
  request.send(form);
}

export function stopUpload(id: number): void {
  requests.get(id)?.abort();
}

/** Takes one that has ended off the list. */
export function forgetUpload(id: number): void {
  uploads.set(uploads.get().filter((each) => each.id !== id));
}

function said(request: XMLHttpRequest): Problem {
  try {
    const { code, error, hint } = JSON.parse(request.responseText) as { code: string; error: string; hint?: string };
    return new Problem(code, error, request.status, hint);
  } catch {
    return new Problem("no_answer", `${request.status} ${request.statusText}`, request.status);
  }
}
