import { useState, type FormEvent } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { SearchIndexReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Explanation, useRanks } from "./Explanation.js";
import { PassageCard } from "./PassageCard.js";
import { indexWords } from "./words.js";

/** Asks an index, and shows the passages that a model would be given. */
export function TryQuestion({ indexID }: { indexID: string }) {
  const say = useWords(indexWords);
  const [question, setQuestion] = useState("");
  const [found, setFound] = useState<SearchIndexReply>();
  const ranks = useRanks();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const find = async (event: FormEvent) => {
    event.preventDefault();
    const query = question.trim();
    if (query === "" || isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      setFound(await ask("POST /api/indexes/{index_id}/search", { path: { index_id: indexID }, body: { query, explain: true } }));
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const results = found?.results;
  return (
    <div className="index-try">
      <form className="index-try-form" role="search" onSubmit={(event) => void find(event)}>
        <input
          className="input"
          type="search"
          aria-label={say("question")}
          placeholder={say("questionHint")}
          maxLength={4096}
          value={question}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        <Button type="submit" icon="search" isBusy={isBusy}>
          {say("find")}
        </Button>
      </form>
      {problem && <ProblemNote problem={problem} />}
      {found && (
        <div role="status" className="field-help">
          {results && results.length > 0 ? say("searchHelp") : say("nothingFound")}
        </div>
      )}
      {results && results.length > 0 && (
        <ol className="index-found">
          {results.map((each) => (
            <li key={each.number}>
              <PassageCard passage={each.passage} document={each.document} number={each.number} ranks={ranks(each)} />
            </li>
          ))}
        </ol>
      )}
      {found?.explanation && <Explanation explanation={found.explanation} />}
    </div>
  );
}
