import { Problem } from "../../api/problem.js";
import { readEvents } from "../../api/sse.js";

/** What the end of long work says where it failed. */
interface Ended {
  readonly code?: string | null | undefined;
  readonly problem?: string | null | undefined;
  readonly hint?: string | null | undefined;
}

/** What came of work that answers with a stream of its progress; `tell` gets what is news, and who stops reading ends nothing. */
export async function follow<Event extends Ended, Outcome>(
  answer: Response,
  tell: (event: Event) => void,
  outcome: (end: Event) => Outcome | null | undefined,
): Promise<Outcome> {
  if (answer.body) {
    for await (const event of readEvents(answer.body)) {
      const said = JSON.parse(event.data) as Event;
      if (event.event !== "end") {
        tell(said);
        continue;
      }
      const found = outcome(said);
      if (found) return found;
      throw new Problem(said.code ?? "failed", said.problem ?? "", 0, said.hint ?? undefined);
    }
  }
  throw new Problem("answer_cut", "The connection ended before the work did; it goes on.", 0, "Ask again.");
}
