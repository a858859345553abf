import { useEffect, useState, type KeyboardEvent } from "react";
import { asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { SavedPresetReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Checkbox, Select, TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import type { Presets } from "./presets.js";
import { areSame, type Settings } from "./sampling.js";
import { chatWords } from "./words.js";

/** Chooses one of my presets, keeps what is set as one, and changes or deletes the chosen one. */
export function PresetBar(props: {
  presets: Presets;
  /** What is set now; nothing while a part of it is wrong. */
  settings: Settings | undefined;
  /** Whom one talks to now. */
  model: { readonly id: string; readonly name: string } | undefined;
  onChoose: (preset: SavedPresetReply) => void;
}) {
  const { presets, settings, model } = props;
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const all = presets.all ?? [];
  const [chosenID, setChosenID] = useState<string>();
  const [isNaming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const [hasModel, setHasModel] = useState(false);
  const [news, setNews] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const chosen = all.find((each) => each.preset_id === chosenID);
  // What is set as one of them has it is that one.
  useEffect(() => {
    if (presets.all && chosenID === undefined && settings) setChosenID(presets.all.find((each) => areSame(each.settings, settings))?.preset_id ?? "");
  }, [presets.all]);
  const isChanged = chosen !== undefined && settings !== undefined && !areSame(chosen.settings, settings);

  const tried = async (work: () => Promise<string>) => {
    setProblem(undefined);
    try {
      setNews(await work());
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const keep = () =>
    tried(async () => {
      if (!settings) return "";
      const made = await presets.create(name.trim(), settings, hasModel ? model?.id : undefined);
      setChosenID(made.preset_id);
      setNaming(false);
      setName("");
      return say("presetKept", { name: made.name });
    });
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void keep();
  };
  return (
    <div className="chat-presets">
      {all.length > 0 && (
        <Select
          label={say("preset")}
          value={chosen?.preset_id ?? ""}
          onChange={(event) => {
            const preset = all.find((each) => each.preset_id === event.currentTarget.value);
            setChosenID(preset?.preset_id ?? "");
            setNews("");
            if (preset) props.onChoose(preset);
          }}
        >
          <option value="">{say("noPreset")}</option>
          {all.map((each) => (
            <option key={each.preset_id} value={each.preset_id}>
              {each.name}
            </option>
          ))}
        </Select>
      )}
      {isNaming ? (
        <div className="chat-naming">
          <TextField
            label={say("presetName")}
            value={name}
            maxLength={80}
            autoFocus
            onKeyDown={onKey}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {model?.id && (
            <Checkbox label={say("presetWith", { model: model.name })} checked={hasModel} onChange={(event) => setHasModel(event.currentTarget.checked)} />
          )}
          <div className="form-actions">
            <Button onClick={() => setNaming(false)}>{sayUI("cancel")}</Button>
            <Button onClick={() => name.trim() !== "" && void keep()}>{say("keepPreset")}</Button>
          </div>
        </div>
      ) : (
        <div className="chat-preset-actions">
          {isChanged && (
            <Button
              look="quiet"
              icon="check"
              onClick={() =>
                void tried(async () => {
                  await presets.change(chosen, settings);
                  return say("presetChanged", { name: chosen.name });
                })
              }
            >
              {say("changePreset", { name: chosen.name })}
            </Button>
          )}
          <Button look="quiet" icon="plus" onClick={() => settings && setNaming(true)}>
            {say("saveAsPreset")}
          </Button>
          {chosen && (
            <Button
              look="quiet"
              icon="trash"
              onClick={() =>
                void tried(async () => {
                  await presets.remove(chosen);
                  setChosenID("");
                  return say("presetRemoved", { name: chosen.name });
                })
              }
            >
              {say("removePreset")}
            </Button>
          )}
        </div>
      )}
      {problem && <ProblemNote problem={problem} />}
      <p className="field-help" role="status" hidden={news === ""}>
        {news}
      </p>
    </div>
  );
}
