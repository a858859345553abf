import { useMemo, useState } from "react";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { TrainingArgumentReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Field, saidOf } from "../../ui/Field.js";
import { Coded } from "../../ui/Coded.js";
import { useArgumentHelp } from "./argumentHelp.js";
import { OWN } from "./draft.js";
import { newWords } from "./newWords.js";

/** Every argument of LLaMA-Factory: found by its name or its help, and set as JSON or as a word. */
export function Further(props: {
  values: Readonly<Record<string, string>>;
  onChange: (values: Readonly<Record<string, string>>) => void;
  problem: Problem | undefined;
}) {
  const say = useWords(newWords);
  const options = useResource("GET /api/training/options", {});
  const [word, setWord] = useState("");
  const all = useMemo(() => (options.data?.arguments ?? []).filter((each) => !OWN.has(each.name)), [options.data]);
  const known = useMemo(() => new Map(all.map((each) => [each.name, each])), [all]);
  const wanted = word.trim().toLowerCase();
  const helpOf = useArgumentHelp();
  const fitting = wanted
    ? all
        .filter((each) => !(each.name in props.values) && `${each.name} ${each.help} ${helpOf(each).text}`.toLowerCase().includes(wanted))
        .sort((a, b) => rank(a.name, wanted) - rank(b.name, wanted))
    : [];
  const found = fitting.slice(0, 12);
  const common = COMMON.filter((name) => known.has(name) && !(name in props.values));
  const names = Object.keys(props.values).sort();
  const begin = ({ name, default_json }: TrainingArgumentReply) => {
    set(name, default_json === "null" ? "" : default_json.replace(/^"(.*)"$/, "$1"));
    setWord("");
  };
  const set = (name: string, value: string) => props.onChange({ ...props.values, [name]: value });
  const unset = (name: string) => props.onChange(Object.fromEntries(Object.entries(props.values).filter(([each]) => each !== name)));
  return (
    <details className="further" open={names.length > 0 || undefined}>
      <summary>
        {say("advanced")}
        {names.length > 0 && <span className="choice-count number">{names.length}</span>}
      </summary>
      <p className="field-help">{say("advancedHelp")}</p>
      {names.map((name) => (
        <div key={name} className="further-set">
          <Value name={name} value={props.values[name] ?? ""} about={known.get(name)} error={saidOf(props.problem, name)} onChange={(value) => set(name, value)} />
          <IconButton icon="close" label={say("unset", { name })} onClick={() => unset(name)} />
        </div>
      ))}
      <input
        className="input"
        type="search"
        aria-label={say("search")}
        placeholder={say("search")}
        value={word}
        onChange={(event) => setWord(event.currentTarget.value)}
      />
      {wanted && found.length === 0 && options.data && <p className="field-help">{say("noneFound")}</p>}
      {found.length > 0 && (
        <ul className="further-found">
          {found.map((each) => (
            <li key={each.name}>
              <div>
                <span className="mono">{each.name}</span> <span className="field-help">{say("standard", { value: each.default_json })}</span>
                <Help about={each} />
              </div>
              <Button
                icon="plus"
                aria-label={say("add", { name: each.name })}
                onClick={() => begin(each)}
              >
                {say("set")}
              </Button>
            </li>
          ))}
          {fitting.length > found.length && <li className="field-help">{say("moreFound", { n: fitting.length - found.length })}</li>}
        </ul>
      )}
      {!wanted && common.length > 0 && (
        <div className="further-common" role="group" aria-label={say("common")}>
          <span className="field-help">{say("common")}</span>
          {common.map((name) => (
            <button key={name} type="button" className="offer" aria-label={say("add", { name })} onClick={() => begin(known.get(name) as TrainingArgumentReply)}>
              {name}
            </button>
          ))}
        </div>
      )}
    </details>
  );
}

/** What is set most often, offered where nothing is looked for. */
const COMMON = [
  "lora_rank",
  "lora_alpha",
  "lora_dropout",
  "lora_target",
  "lr_scheduler_type",
  "warmup_steps",
  "val_size",
  "eval_steps",
  "save_steps",
  "logging_steps",
  "packing",
  "max_samples",
  "neftune_noise_alpha",
  "seed",
] as const;

/** Names that begin with the word first, then names that hold it, then what says it in its help. */
function rank(name: string, word: string): number {
  return name.startsWith(word) ? 0 : name.includes(word) ? 1 : 2;
}

function Help({ about, hasExpectation = false }: { about: TrainingArgumentReply; hasExpectation?: boolean }) {
  const { text, isEnglish } = useArgumentHelp()(about);
  return (
    <p className="field-help" {...(isEnglish ? { lang: "en" } : {})}>
      <Coded text={isEnglish && hasExpectation && !about.choices?.length ? `${text} (${about.expectation})` : text} />
    </p>
  );
}

function Value(props: {
  name: string;
  value: string;
  about: TrainingArgumentReply | undefined;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  const { about } = props;
  const help = about && <Help about={about} hasExpectation />;
  const choices = about?.expectation === "true or false" ? ["true", "false"] : (about?.choices ?? []);
  return (
    <Field label={props.name} help={help} error={props.error}>
      {(ties) =>
        choices.length > 0 ? (
          <select className="input" {...ties} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
            {!choices.includes(props.value) && <option value={props.value}>{props.value}</option>}
            {choices.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        ) : (
          <input
            className="input"
            {...ties}
            value={props.value}
            spellCheck={false}
            autoCapitalize="none"
            onChange={(event) => props.onChange(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}
