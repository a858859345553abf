import type { ReactNode } from "react";
import type { Problem } from "../api/problem.js";
import { useProblemWords } from "../i18n/server.js";
import { useWords } from "../i18n/words.js";
import { Button } from "./Button.js";
import { Coded } from "./Coded.js";
import { Icon } from "./Icon.js";
import { uiWords } from "./words.js";

/** What went wrong, and what to do, where it went wrong; what is not there is not asked for again. */
export function ProblemNote(props: {
  problem: Problem;
  onRetry?: () => void;
  /** Fields that say what is wrong with them themselves: what was said of one of them is not said here again. */
  saidAt?: readonly string[] | undefined;
}) {
  const { problem, onRetry, saidAt } = props;
  const say = useWords(uiWords);
  if (saidAt?.some((field) => problem.of(field))) return null;
  return (
    <div className="note note-bad" role="alert">
      <Icon name="warning" />
      <ProblemWords problem={problem} />
      {onRetry && problem.status !== 404 && <Button onClick={onRetry}>{say("retry")}</Button>}
    </div>
  );
}

/** Something that went wrong, as the server says it anywhere. */
interface Said {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | null | undefined;
  readonly status?: number;
}

/** What went wrong, and what to do, in the reader's language; behind `lead`, where that says what it is about. */
export function ProblemWords({ problem, lead }: { problem: Said; lead?: ReactNode }) {
  const say = useWords(uiWords);
  const said = useProblemWords()({ code: problem.code, message: problem.message, hint: problem.hint ?? undefined });
  return (
    <div>
      <p>
        {lead}
        {problem.code === "no_answer" && problem.status === 0 ? say("noAnswer") : <Coded text={said.message} />}
      </p>
      {said.original && (
        <p className="note-hint" lang="en">
          <Coded text={said.original} />
        </p>
      )}
      {said.hint && (
        <p className="note-hint">
          <Coded text={said.hint} />
        </p>
      )}
    </div>
  );
}
