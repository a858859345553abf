import type { SearchExplanationReply, SourceReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Icon } from "../../ui/Icon.js";
import { indexWords } from "./words.js";
import { Facts } from "../../ui/Facts.js";

type Ranked = Pick<SourceReply, "score" | "text_rank" | "vector_rank" | "rerank_score">;

/** Where a passage stood among what words and meaning found, in words. */
export function useRanks(): (each: Ranked) => string {
  const say = useWords(indexWords);
  const format = useFormat();
  return (each) =>
    [
      each.text_rank == null ? "" : say("textRank", { n: each.text_rank }),
      each.vector_rank == null ? "" : say("vectorRank", { n: each.vector_rank }),
      say("score", { n: format.number(each.score, 4) }),
      each.rerank_score == null ? "" : say("rerankScore", { n: format.number(each.rerank_score, 4) }),
    ]
      .filter(Boolean)
      .join(" · ");
}

/** How the passages of a search were chosen: what was looked up, what each way found, and what was left out for which rule. */
export function Explanation({ explanation }: { explanation: SearchExplanationReply }) {
  const say = useWords(indexWords);
  const sayServer = useServerSentence();
  const ranks = useRanks();
  const { words, by_text, by_vector, vector_problem, reranked, rerank_problem, left_out } = explanation;
  const counts = [
    say("byText", { n: by_text }),
    ...(by_vector == null ? [] : [say("byVector", { n: by_vector })]),
    ...(reranked == null || rerank_problem ? [] : [say("byReranker", { n: reranked })]),
  ];
  return (
    <>
      {vector_problem && (
        <div className="note note-warn">
          <Icon name="warning" />
          <div>
            <p>{say("onlyWordsAsked")}</p>
            <p className="note-hint">{sayServer(vector_problem)}</p>
          </div>
        </div>
      )}
      {rerank_problem && (
        <div className="note note-warn">
          <Icon name="warning" />
          <div>
            <p>{say("rerankFailed")}</p>
            <p className="note-hint">{sayServer(rerank_problem)}</p>
          </div>
        </div>
      )}
      <details className="index-explanation">
        <summary>{say("explain")}</summary>
        <p>
          {say("lookedUp")}{" "}
          {words.map((each) => (
            <code key={each}>{each}</code>
          ))}
        </p>
        <p className="number"><Facts of={counts} /></p>
        {left_out.length > 0 && (
          <>
            <p>{say("leftOut", { n: left_out.length })}</p>
            <ul>
              {left_out.map((each, place) => (
                <li key={place}>
                  <span className="index-left-title">{each.title}</span>{" "}
                  <span className="field-help number">
                    {say(each.because)} · {ranks(each)}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </details>
    </>
  );
}
