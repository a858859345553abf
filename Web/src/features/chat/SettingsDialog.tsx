import { useState } from "react";
import { useResource } from "../../api/resource.js";
import { Link } from "../../app/router.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Select, TextArea, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { PresetBar } from "./PresetBar.js";
import { usePresets } from "./presets.js";
import { areNone, settingsOf, typedOf, wrongOf, type Settings, type TypedSettings } from "./sampling.js";
import { chatWords } from "./words.js";

/** The index that goes along with questions. */
export interface Lookup {
  readonly name: string | undefined;
  readonly onChoose: (name: string | undefined) => void | Promise<void>;
}

interface Props {
  readonly settings: Settings;
  /** Tokens of a reply where nothing is set. */
  readonly standard: number | undefined;
  /** Whom one talks to; nothing where presets choose nobody. */
  readonly model?: { readonly id: string; readonly name: string } | undefined;
  /** Throws what the server has against it. */
  readonly onSave: (settings: Settings) => Promise<void>;
  /** Where answers are looked up; nothing where no index can go along. */
  readonly lookup?: Lookup | undefined;
  /** A preset brought its model along. */
  readonly onModel?: ((model: string) => void) | undefined;
}

/** Opens the settings; marked where something is set. */
export function SettingsButton(props: Props) {
  const say = useWords(chatWords);
  const [isOpen, setOpen] = useState(false);
  const isSet = !areNone(props.settings) || props.lookup?.name !== undefined;
  const label = isSet ? say("parametersSet") : say("parameters");
  return (
    <>
      <IconButton icon="settings" label={label} className={isSet ? "chat-set" : ""} onClick={() => setOpen(true)} />
      {isOpen && <SettingsDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** The system prompt and the parameters, with the presets that bring them along. */
export function SettingsDialog(props: Props & { onClose: () => void }) {
  const { onClose } = props;
  const say = useWords(chatWords);
  const presets = usePresets();
  const [typed, setTyped] = useState(() => typedOf(props.settings));
  const [model, setModel] = useState<string>();
  const [index, setIndex] = useState(props.lookup?.name);
  const form = useSubmission();
  const wrong = wrongOf(typed);
  const save = () => {
    if (wrong.length > 0) return;
    void form.send(async () => {
      await props.onSave(settingsOf(typed));
      if (model !== undefined) props.onModel?.(model);
      if (index !== props.lookup?.name) await props.lookup?.onChoose(index);
      onClose();
    });
  };
  const number = (field: Exclude<keyof TypedSettings, "prompt">, help: string, placeholder: string) => (
    <TextField
      label={say(field)}
      help={help}
      error={wrong.includes(field) ? say(`${field}Wrong`) : undefined}
      inputMode={field === "temperature" || field === "topP" ? "decimal" : "numeric"}
      placeholder={placeholder}
      value={typed[field]}
      onChange={(event) => setTyped({ ...typed, [field]: event.currentTarget.value })}
    />
  );
  const standard = props.standard ?? 2000;
  return (
    <FormDialog
      title={say("parameters")}
      isWide
      onClose={onClose}
      form={form}
      action={say("applySettings")}
      more={
        <Button
          look="quiet"
          onClick={() => {
            setTyped(typedOf({}));
            setIndex(undefined);
          }}
        >
          {say("resetSettings")}
        </Button>
      }
      onSubmit={save}
    >
      <PresetBar
        presets={presets}
        settings={wrong.length > 0 ? undefined : settingsOf(typed)}
        model={props.model}
        onChoose={(preset) => {
          setTyped(typedOf(preset.settings));
          setModel(preset.model ?? undefined);
        }}
      />
      {model !== undefined && props.onModel && <p className="field-help">{say("presetModel", { model })}</p>}
      <TextArea
        label={say("prompt")}
        help={say("promptHelp")}
        error={wrong.includes("prompt") ? say("promptWrong") : undefined}
        rows={4}
        value={typed.prompt}
        onChange={(event) => setTyped({ ...typed, prompt: event.currentTarget.value })}
      />
      {props.lookup && <IndexField name={index} onChoose={setIndex} />}
      <div className="form-row">
        {number("temperature", say("temperatureHelp"), say("default"))}
        {number("topP", say("topPHelp"), say("default"))}
      </div>
      <div className="form-row">
        {number("length", say("lengthHelp", { n: standard.toLocaleString() }), String(standard))}
        {number("topK", say("topKHelp"), say("default"))}
      </div>
      <div className="form-row">
        {number("seed", say("seedHelp"), say("seedNone"))}
        <span aria-hidden="true" />
      </div>
    </FormDialog>
  );
}

/** One of the reader's indexes, or none. */
function IndexField({ name, onChoose }: Lookup) {
  const say = useWords(chatWords);
  const indexes = useResource("GET /api/indexes", {});
  const list = indexes.data?.indexes ?? [];
  const isGone = name !== undefined && indexes.data !== undefined && !list.some((each) => each.name === name);
  const isEmpty = indexes.data !== undefined && list.length === 0;
  return (
    <Select
      label={say("lookup")}
      help={
        isEmpty ? (
          <>
            {say("lookupEmpty")} <Link to="/app/indexes">{say("lookupMake")}</Link>
          </>
        ) : (
          say("lookupHelp")
        )
      }
      value={name ?? ""}
      onChange={(event) => void onChoose(event.currentTarget.value || undefined)}
    >
      <option value="">{say("lookupNone")}</option>
      {isGone && <option value={name}>{say("lookupGone", { name })}</option>}
      {!indexes.data && name !== undefined && <option value={name}>{name}</option>}
      {list.map((each) => (
        <option key={each.index_id} value={each.name}>
          {each.name}
        </option>
      ))}
    </Select>
  );
}
