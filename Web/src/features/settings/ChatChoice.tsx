import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ChatConfigReply, ChatConfigRequest } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Facts } from "../../ui/Facts.js";
import { Checkbox, saidOf, Select, TextField } from "../../ui/Field.js";
import { Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { isRewardModel } from "../models/purpose.js";
import { settingsWords } from "./words.js";

/** Whom the user's conversations go to: a preset, one of the models, or a server of their own. */
export function ChatChoice() {
  const say = useWords(settingsWords);
  const sayUI = useWords(uiWords);
  const config = useResource("GET /api/config", {});
  return (
    <Section title={say("chat")}>
      <p className="page-sub">{say("chatHelp")}</p>
      {config.problem && !config.data && <ProblemNote problem={config.problem} onRetry={config.reload} />}
      {!config.data && !config.problem && <Skeleton label={sayUI("loading")} lines={4} />}
      {/* Made anew from each answer: a key that was typed is not kept in the page. */}
      {config.data && <ChoiceForm key={JSON.stringify(config.data)} config={config.data} onSaved={config.show} />}
    </Section>
  );
}

function ChoiceForm({ config, onSaved }: { config: ChatConfigReply; onSaved: (config: ChatConfigReply) => void }) {
  const say = useWords(settingsWords);
  const sayUI = useWords(uiWords);
  const [type, setType] = useState(config.current_model_type);
  const [model, setModel] = useState(config.current_model_type === "model" ? config.llm_model : "");
  const [url, setURL] = useState(config.custom_api_url ?? "");
  const [customModel, setCustomModel] = useState(config.custom_model ?? "");
  const [key, setKey] = useState("");
  const [isKeyCleared, setKeyCleared] = useState(false);
  const [tokens, setTokens] = useState(String(config.max_tokens));
  const [isBusy, setBusy] = useState(false);
  const [hasAsked, setAsked] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isNumberWrong = !/^\d{1,5}$/.test(tokens.trim()) || Number(tokens) < 1 || Number(tokens) > 32_768;
  const missing = (text: string) => (hasAsked && text.trim() === "" ? say("needed") : undefined);
  const isIncomplete =
    type === "" || isNumberWrong || (type === "model" && model === "") || (type === "custom" && (!url.trim() || !customModel.trim()));

  const save = async () => {
    setAsked(true);
    if (isBusy || isIncomplete) return;
    setBusy(true);
    setProblem(undefined);
    const custom: ChatConfigRequest = {
      custom_api_url: url.trim(),
      custom_model: customModel.trim(),
      ...(key !== "" ? { custom_api_key: key.trim() } : isKeyCleared ? { custom_api_key: "" } : {}),
    };
    try {
      const saved = await ask("POST /api/config", {
        body: {
          model_type: type,
          max_tokens: Number(tokens),
          ...(type === "model" ? { model } : {}),
          ...(type === "custom" ? custom : {}),
        },
      });
      toast(say("saved"));
      setBusy(false);
      onSaved(saved);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const options = [
    ...config.preset_models
      .filter((preset) => preset.available || preset.id === config.current_model_type)
      .map((preset) => ({ value: preset.id, label: preset.name, help: <Facts of={[preset.model, preset.url].filter((each): each is string => !!each)} /> })),
    { value: "model", label: say("model"), help: say("modelHelp") },
    { value: "custom", label: say("custom"), help: say("customHelp") },
  ];
  return (
    <form
      className="card form settings-chat"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <RadioCards label={say("choose")} value={type} options={options} onChoose={setType} />
      {type === "" && (
        <p className={hasAsked ? "field-error" : "field-help"} role="status">
          {say("nothingYet")}
        </p>
      )}
      {type === "model" && <ModelChoice value={model} onChoose={setModel} error={missing(model)} />}
      {type === "custom" && (
        <>
          <div className="form-row">
            <TextField
              label={say("url")}
              help={say("urlHelp")}
              placeholder="https://models.example.org/v1"
              type="url"
              value={url}
              onChange={(event) => setURL(event.currentTarget.value)}
              error={missing(url) ?? saidOf(problem, "custom_api_url")}
            />
            <TextField
              label={say("modelName")}
              value={customModel}
              onChange={(event) => setCustomModel(event.currentTarget.value)}
              error={missing(customModel) ?? saidOf(problem, "custom_model")}
              autoComplete="off"
            />
          </div>
          <TextField
            label={say("key")}
            help={say("keyHelp")}
            type="password"
            autoComplete="new-password"
            placeholder={config.custom_api_key ? say("keyKept", { key: config.custom_api_key }) : say("keyNone")}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={saidOf(problem, "custom_api_key")}
          />
          {config.custom_api_key && key === "" && (
            <Checkbox label={say("keyClear")} checked={isKeyCleared} onChange={(event) => setKeyCleared(event.currentTarget.checked)} />
          )}
        </>
      )}
      <div className="settings-number">
        <TextField
          label={say("maxTokens")}
          inputMode="numeric"
          value={tokens}
          onChange={(event) => setTokens(event.currentTarget.value)}
          error={isNumberWrong ? say("maxWrong") : saidOf(problem, "max_tokens")}
        />
      </div>
      {problem && problem.fields.length === 0 && <ProblemNote problem={problem} />}
      <div className="form-actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {sayUI("save")}
        </Button>
      </div>
    </form>
  );
}

function ModelChoice(props: { value: string; onChoose: (name: string) => void; error: string | undefined }) {
  const say = useWords(settingsWords);
  const models = useResource("GET /api/models", {}, ["model.added", "model.deleted"]);
  const names = (models.data?.models ?? []).filter((model) => !model.gone_at && model.kind !== "file" && !isRewardModel(model)).map((model) => model.name);
  const all = props.value && !names.includes(props.value) ? [props.value, ...names] : names;
  return (
    <Select
      label={say("whichModel")}
      help={models.data && all.length === 0 ? say("noModels") : undefined}
      value={props.value}
      onChange={(event) => props.onChoose(event.currentTarget.value)}
      error={props.error}
    >
      <option value="">{say("pick")}</option>
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </Select>
  );
}
