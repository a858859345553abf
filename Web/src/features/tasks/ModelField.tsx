import { useEffect, useId, useRef } from "react";
import { useResource } from "../../api/resource.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Field } from "../../ui/Field.js";
import { newWords } from "./newWords.js";

/** So many have a button. */
const OFFERED = 12;

/** A base model: the host's and one's own are offered, and any other name may be typed. The only one there is, is suggested once. */
export function ModelField(props: {
  value: string;
  onChange: (value: string) => void;
  onSuggest?: (value: string) => void;
  error: string | undefined;
}) {
  const say = useWords(newWords);
  const format = useFormat();
  const list = useId();
  const shared = useResource("GET /api/models/shared", {});
  const own = useResource("GET /api/files/models", {}, ["model.added", "model.deleted"]);
  const found = shared.data?.models ?? [];
  const mine = (own.data?.models ?? []).filter((model) => model.kind !== "adapter");
  const isSuggested = useRef(false);
  const only = shared.data && own.data && found.length === 1 && mine.length === 0 ? found[0]?.path : undefined;
  useEffect(() => {
    if (only === undefined || isSuggested.current) return;
    isSuggested.current = true;
    if (!props.value) props.onSuggest?.(only);
  }, [only]);
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return (
    <div className="model-field">
      <Field label={say("model")} help={say("modelHelp")} error={props.error}>
        {(ties) => (
          <>
            <input
              className="input"
              {...ties}
              list={list}
              value={props.value}
              onChange={(event) => props.onChange(event.currentTarget.value)}
              autoCapitalize="none"
              spellCheck={false}
              required
            />
            <datalist id={list}>
              {mine.map((model) => (
                <option key={model.model_id} value={model.model_id}>
                  {model.name}
                </option>
              ))}
              {/* Those that there is no button for are found as one types. */}
              {found.slice(OFFERED).map((model) => (
                <option key={model.path} value={model.path}>
                  {name(model.path)}
                </option>
              ))}
            </datalist>
          </>
        )}
      </Field>
      {found.length > 0 && (
        <div className="model-offers" role="group" aria-label={say("onHost")}>
          {found.slice(0, OFFERED).map((model) => (
            <button
              key={model.path}
              type="button"
              className="offer"
              aria-pressed={props.value === model.path}
              title={model.path}
              onClick={() => props.onChange(model.path)}
            >
              {name(model.path)} <span className="number">{format.bytes(model.size)}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
