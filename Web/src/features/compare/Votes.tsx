import { useEffect, useRef, useState } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ComparisonReply, ModelScoreReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Facts } from "../../ui/Facts.js";
import { Button, ButtonLink, IconButton } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { lastPart } from "../../ui/lastPart.js";
import { Empty, PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Table } from "../../ui/Table.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { useModelName } from "../models/names.js";
import { letter } from "./columns.js";
import "./compare.css";
import { TrainingData } from "./TrainingData.js";
import { compareWords } from "./words.js";

/** What one thought of the models' replies: by model, one by one, and as training data. */
export default function Votes() {
  const say = useWords(compareWords);
  const sayUI = useWords(uiWords);
  const nameOf = useModelName();
  const first = useResource("GET /api/comparisons", {});
  const [later, setLater] = useState<{ all: readonly ComparisonReply[]; next: string | undefined }>();
  const [problem, setProblem] = useState<Problem>();
  const [isMaking, setMaking] = useState(false);
  const abort = useRef<AbortController>();
  // What came after the first page is read anew with it.
  useEffect(() => {
    abort.current?.abort();
    setLater(undefined);
  }, [first.data]);
  const next = later ? later.next : (first.data?.next ?? undefined);
  const more = () => {
    if (next === undefined) return;
    setProblem(undefined);
    const { signal } = (abort.current = new AbortController());
    ask("GET /api/comparisons", { query: { after: next }, signal }).then(
      (page) => setLater((old) => ({ all: [...(old?.all ?? []), ...page.comparisons], next: page.next ?? undefined })),
      (error: unknown) => !isAbort(error) && setProblem(asProblem(error)),
    );
  };
  const all = first.data && [...first.data.comparisons, ...(later?.all ?? [])];
  return (
    <div className="page">
      <PageHead
        title={say("votesTitle")}
        sub={say("votesSub")}
        parent={{ to: "/app/compare", name: say("title") }}
        actions={
          all &&
          all.length > 0 && (
            <Button look="primary" icon="datasets" onClick={() => setMaking(true)}>
              {say("asData")}
            </Button>
          )
        }
      />
      {isMaking && <TrainingData onClose={() => setMaking(false)} />}
      {!all ? (
        first.problem ? <ProblemNote problem={first.problem} onRetry={first.reload} /> : <Skeleton label={sayUI("loading")} lines={6} />
      ) : all.length === 0 ? (
        <Empty
          title={say("noVotes")}
          actions={
            <ButtonLink to="/app/compare" look="primary" icon="compare">
              {say("toCompare")}
            </ButtonLink>
          }
        >
          {say("noVotesHelp")}
        </Empty>
      ) : (
        <>
          <Section title={say("results")}>
            <Scores scores={first.data?.models ?? []} nameOf={nameOf} />
          </Section>
          <Section title={say("list")}>
            <ul className="compare-votes">
              {all.map((each) => (
                <KeptVote key={each.comparison_id} vote={each} nameOf={nameOf} onRemoved={first.reload} />
              ))}
            </ul>
            {problem && <ProblemNote problem={problem} onRetry={more} />}
            {next !== undefined && (
              <div className="form-actions">
                <Button onClick={more}>{say("more")}</Button>
              </div>
            )}
          </Section>
        </>
      )}
    </div>
  );
}

type NameOf = ReturnType<typeof useModelName>;

function Scores({ scores, nameOf }: { scores: readonly ModelScoreReply[]; nameOf: NameOf }) {
  const say = useWords(compareWords);
  const format = useFormat();
  const counts = ["compared", "wins", "losses", "ties", "rejected"] as const;
  return (
    <Table
      rows={scores}
      keyOf={(score) => score.model}
      columns={[
        {
          title: say("model", { letter: "" }).trim(),
          cell: ({ model }) => (
            <span className="table-name" title={model}>
              {lastPart(nameOf(model))}
            </span>
          ),
        },
        ...counts.map((each) => ({ title: say(each), isNumber: true, cell: (score: ModelScoreReply) => format.number(score[each]) })),
        {
          title: say("rate"),
          isNumber: true,
          cell: ({ compared, wins }) => format.percent(compared > 0 ? wins / compared : 0),
        },
      ]}
    />
  );
}

function KeptVote({ vote, nameOf, onRemoved }: { vote: ComparisonReply; nameOf: NameOf; onRemoved: () => void }) {
  const say = useWords(compareWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const [isAsking, setAsking] = useState(false);
  const { winner } = vote;
  const best = typeof winner === "number" ? vote.replies[winner] : undefined;
  const said =
    best !== undefined && typeof winner === "number"
      ? say("votedBest", { letter: letter(winner), name: lastPart(nameOf(best.model)) })
      : say(vote.verdict === "tie" ? "votedTie" : "votedNone");
  const before = Math.max(...vote.replies.map((each) => each.history?.length ?? 0)) / 2;
  return (
    <li className="card compare-kept-vote">
      <div className="compare-kept-words">
        <p className="compare-cut">{vote.prompt}</p>
        <p className="compare-kept-sub">
          <Facts of={[said, ...(vote.blind ? [say("wasBlind")] : []), format.dateTime(vote.created_at)]} />
        </p>
      </div>
      <IconButton icon="trash" label={say("remove")} onClick={() => setAsking(true)} />
      <details>
        <summary>{vote.replies.map((each) => lastPart(nameOf(each.model))).join(" · ")}</summary>
        <div className="compare-kept-replies">
          {vote.settings?.system_prompt && (
            <div>
              <h3>{say("system")}</h3>
              <p>{vote.settings.system_prompt}</p>
            </div>
          )}
          {before > 0 && <p>{say("earlier", { n: before })}</p>}
          {vote.replies.map((reply, index) => (
            <div key={index}>
              <h3>
                <span className="compare-letter">{letter(index)}</span> {lastPart(nameOf(reply.model))}
              </h3>
              <p>{reply.content}</p>
            </div>
          ))}
        </div>
      </details>
      {isAsking && (
        <Confirm
          title={say("removeTitle")}
          action={sayUI("remove")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await ask("DELETE /api/comparisons/{comparison_id}", { path: { comparison_id: vote.comparison_id } });
            toast(say("removed"));
            onRemoved();
          }}
        >
          <p>{say("removeHelp")}</p>
        </Confirm>
      )}
    </li>
  );
}
