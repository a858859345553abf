import { useState } from "react";
import { asProblem } from "../../api/client.js";
import { useObservable } from "../../api/observable.js";
import type { Problem } from "../../api/problem.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Markdown } from "../../markdown/Markdown.js";
import { Button, IconButton } from "../../ui/Button.js";
import { copyText } from "../../ui/copyText.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { chatWords, useMarkdownWords } from "../chat/words.js";
import { letter } from "./columns.js";
import { isRunning, isVotable, type Answer, type Comparison, type Turn } from "./comparison.js";
import { VoteBar } from "./VoteBar.js";
import { compareWords } from "./words.js";

/** A question, what each model answered, and the vote on it. `only`: the column that is shown. */
export function TurnRow(props: { compared: Comparison; turn: Turn; index: number; isLast: boolean; only?: number; onVoted: () => void; onUndone: () => void }) {
  const { compared, turn, index, isLast, only } = props;
  const say = useWords(compareWords);
  const { columns, isHidden } = useObservable(compared.state);
  const [problem, setProblem] = useState<Problem>();
  const tried = (work: Promise<void>, then?: () => void) => {
    setProblem(undefined);
    work.then(then, (error: unknown) => setProblem(asProblem(error)));
  };
  return (
    <article className="compare-turn">
      <h2 className="visually-hidden">{say("asked")}</h2>
      <p className="compare-question">{turn.question}</p>
      <div className="compare-row">
        {turn.answers.map(
          (answer, column) =>
            (only === undefined || only === column) && (
              <AnswerCell
                key={column}
                compared={compared}
                answer={answer}
                column={column}
                name={isHidden ? undefined : columns[column]?.name}
                isBest={turn.vote?.winner === column}
                onRetry={isLast ? () => compared.retry(index, column) : undefined}
              />
            ),
        )}
      </div>
      {isVotable(turn) && (
        <VoteBar
          turn={turn}
          names={columns.map((each) => each.name)}
          onVote={(verdict, winner) => tried(compared.vote(index, verdict, winner), props.onVoted)}
          onUndo={() => tried(compared.unvote(index), props.onUndone)}
        />
      )}
      {problem && <ProblemNote problem={problem} />}
    </article>
  );
}

function AnswerCell(props: {
  compared: Comparison;
  answer: Answer;
  column: number;
  /** Nothing while it is hidden. */
  name: string | undefined;
  isBest: boolean;
  onRetry: (() => void) | undefined;
}) {
  const { compared, answer, column, name } = props;
  const say = useWords(compareWords);
  const sayChat = useWords(chatWords);
  const words = useMarkdownWords();
  const isLive = isRunning(answer);
  const sign = letter(column);
  const label = name === undefined ? say("replyOf", { letter: sign }) : say("replyOfNamed", { letter: sign, name });
  return (
    <section className="compare-answer" aria-label={label} aria-busy={isLive} data-best={props.isBest}>
      <p className="compare-answer-letter" aria-hidden="true">
        <span className="compare-letter">{sign}</span>
      </p>
      {isLive ? <Growing compared={compared} column={column} /> : answer.content !== "" && <Markdown text={answer.content} words={words} />}
      {answer.status === "asked" && (
        <p className="chat-waiting">
          <span className="state-pulse" aria-hidden="true" /> {say("waiting")}
        </p>
      )}
      {answer.status === "complete" && answer.content === "" && <p className="chat-aside">{say("empty")}</p>}
      {answer.status === "stopped" && <p className="chat-aside">{say("stopped")}</p>}
      {answer.problem && <ProblemNote problem={answer.problem} />}
      <div className="compare-tools">
        {isLive ? (
          <Button look="quiet" icon="stop" aria-label={say("stopOne", { letter: sign })} onClick={() => compared.stop(column)}>
            {sayChat("stop")}
          </Button>
        ) : (
          <>
            {answer.content !== "" && <CopyIcon text={answer.content} label={say("copy", { letter: sign })} />}
            {answer.status !== "complete" && props.onRetry && (
              <IconButton icon="retry" label={say("retry", { letter: sign })} onClick={props.onRetry} />
            )}
            {name !== undefined && <Speed answer={answer} />}
          </>
        )}
      </div>
    </section>
  );
}

/** Hears of its own column alone: the others are not drawn again for it. */
function Growing({ compared, column }: { compared: Comparison; column: number }) {
  const words = useMarkdownWords();
  const text = useObservable(compared.texts[column] as Comparison["texts"][number]);
  return text === "" ? null : <Markdown text={text} words={words} isStreaming />;
}

function Speed({ answer }: { answer: Answer }) {
  const say = useWords(compareWords);
  const format = useFormat();
  const { figures } = answer;
  if (!figures) return null;
  const first = format.number(figures.first, 2);
  const rate = figures.rate === undefined ? undefined : format.number(figures.rate, figures.rate < 10 ? 1 : 0);
  return <span className="compare-figures number">{rate === undefined ? say("figuresFirst", { first }) : say("figures", { rate, first })}</span>;
}

function CopyIcon({ text, label }: { text: string; label: string }) {
  const say = useWords(compareWords);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return <IconButton icon={isCopied ? "check" : "copy"} label={isCopied ? say("copied") : label} onClick={() => void copy()} />;
}
