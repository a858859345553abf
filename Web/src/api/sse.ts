/** One server-sent event (WHATWG HTML, section 9.2). */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

/** The events of a body as they come: works with POST, headers and an AbortSignal, none of which EventSource has. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      let from = 0;
      for (const match of rest.matchAll(/\r\n\r\n|\n\n|\r\r/g)) {
        const event = parse(rest.slice(from, match.index));
        from = (match.index as number) + (match[0] as string).length;
        if (event) yield event;
      }
      rest = rest.slice(from);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parse(text: string): ServerEvent | undefined {
  const data: string[] = [];
  let event = "message";
  let id: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    if (line === "" || colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id") id = value;
  }
  if (data.length === 0 && event === "message") return undefined;
  return { event, data: data.join("\n"), ...(id === undefined ? {} : { id }) };
}
