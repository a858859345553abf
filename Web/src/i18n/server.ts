import { observable, useObservable } from "../api/observable.js";
import type { Problem } from "../api/problem.js";
import { language, useLanguage } from "./language.js";
import { Translator } from "./translator.js";

// The server says what went wrong in English, with a stable code. A reader of another language gets the same sentence from a
// catalogue, which is fetched only then; a sentence that it lacks is told by its code, with the server's own words beside it.

const translator = observable<Translator | undefined>(undefined);

async function load(): Promise<void> {
  if (language.get() !== "zh" || translator.get()) return;
  try {
    const { sentences, codes } = await import("./server.zh.js");
    translator.set(new Translator(sentences, codes));
  } catch {
    // Without it the server's own words are shown; the next choice of language tries again.
  }
}

void load();
language.subscribe(() => void load());

/** What a problem is called on the page. */
export interface SaidProblem {
  readonly message: string;
  readonly hint: string | undefined;
  /** The server's own words, where only the kind of problem has words in the reader's language. */
  readonly original: string | undefined;
}

function say(words: Translator | undefined, problem: Pick<Problem, "code" | "message" | "hint">): SaidProblem {
  const hint = problem.hint && (words?.sentence(problem.hint) ?? problem.hint);
  const message = words ? words.sentence(problem.message) : problem.message;
  if (message !== undefined) return { message, hint, original: undefined };
  const kind = words?.code(problem.code);
  return { message: kind ?? problem.message, hint, original: kind && problem.message };
}

/** In the reader's language: a problem of the server's. */
export function useProblemWords(): (problem: Pick<Problem, "code" | "message" | "hint">) => SaidProblem {
  const words = useObservable(translator);
  const isChinese = useLanguage() === "zh";
  return (problem) => say(isChinese ? words : undefined, problem);
}

/** In the reader's language: a sentence of the server's that has no code; as it is where there are no words for it. */
export function useServerSentence(): (text: string) => string {
  const words = useObservable(translator);
  const isChinese = useLanguage() === "zh";
  return (text) => (isChinese ? words?.sentence(text) : undefined) ?? text;
}

/** A problem in one line, in the reader's language, for a note that goes by. */
export function problemLine(problem: Pick<Problem, "code" | "message" | "hint">): string {
  const said = say(language.get() === "zh" ? translator.get() : undefined, problem);
  return [said.message, said.original && `(${said.original})`, said.hint].filter(Boolean).join(" ");
}
