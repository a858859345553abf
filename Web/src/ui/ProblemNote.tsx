import type { Problem } from "../api/problem.js";
import { useProblemWords } from "../i18n/server.js";
import { useWords } from "../i18n/words.js";
import { Button } from "./Button.js";
import { Icon } from "./Icon.js";
import { uiWords } from "./words.js";

/** What went wrong, and what to do, where it went wrong. */
export function ProblemNote({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const say = useWords(uiWords);
  const said = useProblemWords()(problem);
  return (
    <div className="note note-bad" role="alert">
      <Icon name="warning" />
      <div>
        <p>{problem.code === "no_answer" && problem.status === 0 ? say("noAnswer") : said.message}</p>
        {said.original && (
          <p className="note-hint" lang="en">
            {said.original}
          </p>
        )}
        {said.hint && <p className="note-hint">{said.hint}</p>}
      </div>
      {onRetry && <Button onClick={onRetry}>{say("retry")}</Button>}
    </div>
  );
}
