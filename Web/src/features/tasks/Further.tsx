import { useMemo, useState } from "react";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { TrainingArgumentReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Field, saidOf } from "../../ui/Field.js";
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
  const found = wanted
    ? all.filter((each) => !(each.name in props.values) && `${each.name} ${each.help}`.toLowerCase().includes(wanted)).slice(0, 12)
    : [];
  const names = Object.keys(props.values).sort();
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
                <p className="field-help" lang="en">
                  {each.help}
                </p>
              </div>
              <Button
                icon="plus"
                aria-label={say("add", { name: each.name })}
                onClick={() => {
                  set(each.name, each.default_json === "null" ? "" : each.default_json.replace(/^"(.*)"$/, "$1"));
                  setWord("");
                }}
              >
                {say("set")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </details>
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
  const help = about && (
    <span lang="en">
      {about.help} ({about.expectation})
    </span>
  );
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
