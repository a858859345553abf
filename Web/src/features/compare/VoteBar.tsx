import { useWords } from "../../i18n/words.js";
import type { ComparisonVerdict } from "../../api/types.js";
import { Button } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { letter } from "./columns.js";
import type { Turn } from "./comparison.js";
import { compareWords } from "./words.js";

/** The vote on a turn: which is best, all, or none; afterwards what was said, and the way back. */
export function VoteBar(props: {
  turn: Turn;
  names: readonly string[];
  onVote: (verdict: ComparisonVerdict, winner?: number) => void;
  onUndo: () => void;
}) {
  const { turn, names } = props;
  const say = useWords(compareWords);
  const { vote } = turn;
  if (vote) {
    const { winner } = vote;
    const said =
      vote.verdict === "best" && winner !== undefined
        ? say("votedBest", { letter: letter(winner), name: names[winner] ?? "" })
        : say(vote.verdict === "tie" ? "votedTie" : "votedNone");
    return (
      <div className="compare-voted" role="status">
        <span>
          <Icon name="check" /> {said}
        </span>
        <span className="compare-kept">{say("kept")}</span>
        <Button look="quiet" onClick={props.onUndo}>
          {say("undo")}
        </Button>
      </div>
    );
  }
  return (
    <div className="compare-vote" role="group" aria-label={say("which")}>
      <span className="compare-which">{say("which")}</span>
      {turn.answers.map(
        (answer, column) =>
          answer.content !== "" && (
            <Button key={column} data-column={column} onClick={() => props.onVote("best", column)}>
              {say("isBest", { letter: letter(column) })} <kbd aria-hidden="true">{column + 1}</kbd>
            </Button>
          ),
      )}
      <Button look="quiet" onClick={() => props.onVote("tie")}>
        {say("tie")}
      </Button>
      <Button look="quiet" onClick={() => props.onVote("none")}>
        {say("none")}
      </Button>
    </div>
  );
}
