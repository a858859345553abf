import { Problem, problemOf } from "./problem.js";
import { dropToken, session } from "./session.js";
import type { Routes } from "./types.js";

export type Route = keyof Routes & string;
export type Reply<R extends Route> = Routes[R]["reply"];

type Field<Name extends string, T> = [T] extends [undefined] ? { readonly [K in Name]?: undefined } : { readonly [K in Name]: T };

/** What a request carries besides its route. */
export type Request<R extends Route> = Field<"path", Routes[R]["parameters"]> &
  Field<"body", Routes[R]["body"]> & {
    readonly query?: Routes[R]["query"];
    readonly headers?: Record<string, string>;
    readonly signal?: AbortSignal | undefined;
  };

type Arguments<R extends Route> = Record<string, never> extends Request<R> ? [request?: Request<R>] : [request: Request<R>];

interface Loose {
  readonly path?: Record<string, string> | undefined;
  readonly query?: Record<string, unknown> | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The address of a route, its names and its query filled in. */
export function address(route: Route, path: Record<string, string> = {}, query: Record<string, unknown> = {}): string {
  const template = route.slice(route.indexOf(" ") + 1);
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

/** Asks the server; throws a `Problem` for every answer that is none. */
export async function ask<R extends Route>(route: R, ...[request]: Arguments<R>): Promise<Reply<R>> {
  const answer = await open(route, ...([request] as unknown as Arguments<R>));
  return (await answer.json()) as Reply<R>;
}

/** As `ask`, for an answer that is read as it comes. */
export async function open<R extends Route>(route: R, ...[request]: Arguments<R>): Promise<Response> {
  const { path, query, body, headers, signal } = (request ?? {}) as Loose;
  const isForm = body instanceof FormData;
  const token = session.get()?.token;
  let answer: Response;
  try {
    answer = await fetch(address(route, path, query), {
      method: route.slice(0, route.indexOf(" ")),
      headers: {
        ...(body !== undefined && !isForm ? { "Content-Type": "application/json" } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
      signal: signal ?? null,
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("no_answer", "The server does not answer.", 0);
  }
  if (answer.ok) return answer;
  if (answer.status === 401 && token) dropToken(token);
  throw await problemOf(answer);
}

/** Whether an error is only that nobody wanted the answer any more. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Any error as a `Problem`. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("page_failed", String(error), 0);
}
