import { useEffect, useState } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { TaskPreviewReply } from "../../api/types.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { CopyButton } from "../../ui/CopyButton.js";
import { Icon } from "../../ui/Icon.js";
import { Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { CommandText } from "./CommandText.js";
import { request, type Draft } from "./draft.js";
import { newWords } from "./newWords.js";

/** What the draft would run, as the server says it, a moment after it was last changed. */
export function Preview({ draft, isCluster }: { draft: Draft; isCluster: boolean }) {
  const say = useWords(newWords);
  const sayServer = useServerSentence();
  const sayUI = useWords(uiWords);
  const [preview, setPreview] = useState<TaskPreviewReply>();
  const [problem, setProblem] = useState<Problem>();
  const isReady = draft.model.trim() !== "" && draft.datasets.length > 0;
  const wanted = JSON.stringify(request({ ...draft, name: draft.name.trim() || "preview" }, isCluster));
  useEffect(() => {
    if (!isReady) {
      setPreview(undefined);
      setProblem(undefined);
      return;
    }
    const end = new AbortController();
    const timer = setTimeout(() => {
      ask("POST /api/tasks/preview", { body: JSON.parse(wanted) as never, signal: end.signal }).then(
        (reply) => {
          setPreview(reply);
          setProblem(undefined);
        },
        (error: unknown) => {
          if (!isAbort(error)) setProblem(asProblem(error));
        },
      );
    }, 400);
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [wanted, isReady]);
  return (
    <aside className="card preview" aria-label={say("preview")}>
      <h2>{say("preview")}</h2>
      {problem && <ProblemNote problem={problem} />}
      {!preview && !problem && (isReady ? <Skeleton label={sayUI("loading")} lines={6} /> : <p className="page-sub">{say("previewWait")}</p>)}
      {preview && preview.warnings.length > 0 && (
        <div className="note note-warn">
          <Icon name="warning" />
          <div>
            <p>{say("warnings")}</p>
            <ul>
              {preview.warnings.map((warning) => (
                <li key={warning}>
                  <Coded text={sayServer(warning)} />
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {preview && (
        <div className="preview-text" data-stale={problem !== undefined}>
          <p className="field-help">
            {say("template")}
            {sayUI("colon")}
            <strong>{preview.template}</strong>
            {sayUI("stop")}
            <Coded text={sayServer(preview.template_reason)} />
          </p>
          <div className="preview-head">
            <h3>{say("command")}</h3>
            <CopyButton text={preview.command} />
          </div>
          <pre className="code-block" tabIndex={0}>
            <CommandText text={preview.command} />
          </pre>
          <div className="preview-head">
            <h3>{say("configuration")}</h3>
            <CopyButton text={preview.configuration} />
          </div>
          <pre className="code-block" tabIndex={0}>
            {preview.configuration}
          </pre>
        </div>
      )}
    </aside>
  );
}
