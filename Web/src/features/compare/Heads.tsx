import { useObservable } from "../../api/observable.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { LoadLine } from "../chat/ModelNote.js";
import { ModelPicker } from "../chat/ModelPicker.js";
import { useStanding, type Partner, type Partners } from "../chat/models.js";
import { FEWEST, letter, MOST } from "./columns.js";
import type { Comparison } from "./comparison.js";
import { compareWords } from "./words.js";

/** Over each column, whom it is; until the first question they can be chosen. `only`: the column that is shown. */
export function Heads({ compared, partners, only }: { compared: Comparison; partners: Partners; only?: number }) {
  const say = useWords(compareWords);
  const { columns, turns, isHidden } = useObservable(compared.state);
  const isOpen = turns.length === 0;
  const add = () => {
    const next = (partners.all ?? []).find((each) => each.status !== "failed" && !columns.some((other) => other.id === each.id)) ?? columns[0];
    if (next) compared.change({ columns: [...columns, next] });
  };
  return (
    <div className="compare-row compare-heads">
      {columns.map(
        (partner, index) =>
          (only === undefined || only === index) && (
            <Head
              key={index}
              index={index}
              partner={partner}
              partners={partners}
              isOpen={isOpen}
              isHidden={isHidden}
              onChoose={(choice) => compared.change({ columns: columns.map((each, other) => (other === index ? choice : each)) })}
              onRemove={
                columns.length > FEWEST ? () => compared.change({ columns: columns.filter((_, other) => other !== index) }) : undefined
              }
            />
          ),
      )}
      {isOpen && columns.length < MOST && (
        <div className="compare-add">
          <Button look="quiet" icon="plus" onClick={add}>
            {say("addModel")}
          </Button>
        </div>
      )}
    </div>
  );
}

function Head(props: {
  index: number;
  partner: Partner;
  partners: Partners;
  isOpen: boolean;
  isHidden: boolean;
  onChoose: (partner: Partner) => void;
  onRemove: (() => void) | undefined;
}) {
  const { index, partner, isOpen, isHidden } = props;
  const say = useWords(compareWords);
  const standing = useStanding(partner, props.partners.reload);
  const now = standing.standing;
  const name = isHidden ? say("model", { letter: letter(index) }) : partner.name;
  return (
    <div className="compare-column-head">
      <div className="compare-who">
        <span className="compare-letter" aria-hidden="true">
          {letter(index)}
        </span>
        {isOpen ? (
          <ModelPicker partners={props.partners} partner={partner} standing={standing} onChoose={props.onChoose} />
        ) : (
          <span className="compare-name" title={isHidden ? undefined : partner.name}>
            <span className="visually-hidden">{isHidden ? "" : `${say("model", { letter: letter(index) })}: `}</span>
            {isHidden ? say("hiddenModel", { letter: letter(index) }) : partner.name}
          </span>
        )}
        {isOpen && props.onRemove && <IconButton icon="close" label={say("removeModel", { letter: letter(index) })} onClick={props.onRemove} />}
      </div>
      {standing.problem && <ProblemNote problem={standing.problem} onRetry={() => void standing.load()} />}
      {now?.status === "loading" && <LoadLine name={name} standing={now} />}
      {isOpen && now?.status === "unloaded" && (
        <p className="compare-note">
          {say("unloaded")}{" "}
          <Button look="quiet" onClick={() => void standing.load()}>
            {say("load")}
          </Button>
        </p>
      )}
      {now?.status === "failed" && !isHidden && <p className="compare-note chat-bad">{now.error}</p>}
    </div>
  );
}
