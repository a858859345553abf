import { Problem } from "./problem.js";
import { dropToken, session } from "./session.js";

/** What is sent, and how. */
export interface Sending {
  readonly method: "POST" | "PUT";
  readonly address: string;
  readonly body: Blob | FormData;
  readonly type?: string;
  /** Hears how many bytes have left. */
  readonly tell: (sent: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends a body and tells how far it is: `fetch` does not, so this is the older way.
 *
 * Throws a `Problem`, or the signal's reason.
 */
export function send<T>({ method, address, body, type, tell, signal }: Sending): Promise<T> {
  return new Promise((done, failed) => {
    const token = session.get()?.token ?? "";
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    if (type) request.setRequestHeader("Content-Type", type);
    request.upload.onprogress = ({ loaded }) => tell(loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return done(JSON.parse(request.responseText) as T);
      if (request.status === 401) dropToken(token);
      failed(said(request));
    };
    request.onerror = () => failed(new Problem("no_answer", "The connection was lost while the file was sent.", 0));
    request.onabort = () => failed(signal.reason as Error);
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function said(request: XMLHttpRequest): Problem {
  try {
    const { code, error, hint } = JSON.parse(request.responseText) as { code: string; error: string; hint?: string };
    return new Problem(code, error, request.status, hint);
  } catch {
    return new Problem("no_answer", `${request.status} ${request.statusText}`, request.status);
  }
}
