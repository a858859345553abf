import type { LoadStatusReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useLanguage } from "../../i18n/language.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Coded } from "../../ui/Coded.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { uiWords } from "../../ui/words.js";
import type { Partner, Standing } from "./models.js";
import { chatWords } from "./words.js";

/** How far a load is, in words and as a line. */
export function LoadLine({ name, standing }: { name: string; standing: LoadStatusReply }) {
  const say = useWords(chatWords);
  const format = useFormat();
  const language = useLanguage();
  const sayServer = useServerSentence();
  const { phase, queue, seconds, expected_seconds: expected, progress, error } = standing;
  const label = queue
    ? say("queuedLine", { model: name, wait: language === "zh" ? queue.message_zh : queue.message })
    : phase
      ? say("loadingLine", { model: name, phase: say(`phase_${phase}`) })
      : say("loading");
  const time =
    seconds === null || seconds === undefined
      ? ""
      : expected
        ? say("loadTime", { seconds: format.duration(seconds), expected: format.duration(expected) })
        : say("loadTimeOnly", { seconds: format.duration(seconds) });
  return (
    <div className="chat-load">
      <div className="chat-load-words">
        <span>{label}</span>
        <span className="number">{time}</span>
      </div>
      <Progress label={label} value={progress ?? undefined} />
      {error && (
        <p className="chat-aside">
          {say("lastLoad")} <Coded text={sayServer(error)} />
        </p>
      )}
    </div>
  );
}

/**
 * What stands between the reader and the model, and what to do: nothing where it is ready.
 *
 * `isAsked`: a reply waits for the model and says so in its own place.
 */
export function ModelNote({ partner, standing, isAsked }: { partner: Partner | undefined; standing: Standing; isAsked: boolean }) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const sayServer = useServerSentence();
  const now = standing.standing;
  if (!partner) return null;
  if (standing.problem) {
    return (
      <div className="chat-column">
        <ProblemNote problem={standing.problem} onRetry={() => void standing.load()} />
      </div>
    );
  }
  if (!now || now.status === "ready" || (isAsked && now.status === "loading")) return null;
  return (
    <div className="chat-column">
      {now.status === "loading" && <LoadLine name={partner.name} standing={now} />}
      {now.status === "unloaded" && (
        <div className="chat-note">
          <span>{say("unloadedHelp", { model: partner.name })}</span>
          <Button look="quiet" onClick={() => void standing.load()}>
            {say("load")}
          </Button>
        </div>
      )}
      {now.status === "failed" && (
        <div className="note note-bad" role="alert">
          <Icon name="warning" />
          <div>
            <p>{now.error ? <Coded text={sayServer(now.error)} /> : say("failed")}</p>
          </div>
          {!partner.model?.gone_at && <Button onClick={() => void standing.load()}>{sayUI("retry")}</Button>}
        </div>
      )}
    </div>
  );
}
