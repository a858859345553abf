import type { ListedModelReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useLanguage } from "../../i18n/language.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { Progress, State, type Tone } from "../../ui/State.js";
import { isRewardModel } from "./purpose.js";
import { useLoad } from "./useLoad.js";
import { modelWords } from "./words.js";

const TONES: Record<ListedModelReply["status"], Tone> = { unloaded: "idle", loading: "running", ready: "good", failed: "bad" };

/** Whether a model is loaded; while it loads, what it does and how long that takes. */
export function ModelState({ model }: { model: ListedModelReply }) {
  const say = useWords(modelWords);
  const format = useFormat();
  const language = useLanguage();
  const sayServer = useServerSentence();
  const load = useLoad(model);
  if (model.gone_at) {
    return (
      <div className="model-state">
        <State tone="waiting">{say("gone")}</State>
        <p className="model-note">{say("goneHelp", { ago: format.ago(model.gone_at) })}</p>
      </div>
    );
  }
  const queue = load?.queue && (language === "zh" ? load.queue.message_zh : load.queue.message);
  if (isRewardModel(model)) {
    return (
      <div className="model-state">
        <State tone="idle">{say("rewardModel")}</State>
      </div>
    );
  }
  const words = [
    queue ?? (load?.phase ? say(`phase_${load.phase}`) : ""),
    typeof load?.seconds === "number" && typeof load.expected_seconds === "number"
      ? say("expected", { seconds: format.duration(load.seconds), expected: format.duration(load.expected_seconds) })
      : "",
  ].filter(Boolean);
  return (
    <div className="model-state">
      <State tone={TONES[model.status]}>{say(model.status)}</State>
      {load && <Progress value={load.progress ?? undefined} label={`${say("loading")}: ${model.name}`} />}
      {words.length > 0 && <p className="model-note number">{words.join(" · ")}</p>}
      {model.status === "failed" && model.error && (
        <p className="model-note">
          <Coded text={sayServer(model.error)} />
        </p>
      )}
    </div>
  );
}
