import { useMemo } from "react";
import { useResource } from "../../api/resource.js";
import type { ConversationReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { CopyButton } from "../../ui/CopyButton.js";
import { Dialog } from "../../ui/Dialog.js";
import { Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { shareText } from "./share.js";
import { chatWords } from "./words.js";

/** A conversation to be shown to others: what goes along is read before it is copied, and what does not is told. */
export function ShareDialog({ entry, onClose }: { entry: ConversationReply; onClose: () => void }) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const history = useResource("GET /conversations/{session_id}/history", { path: { session_id: entry.session_id } });
  const messages = history.data?.messages;
  const shared = useMemo(
    () =>
      messages &&
      shareText(entry.title, messages, {
        you: say("you"),
        model: say("model"),
        file: (name) => say("shareFile", { name }),
        masked: say("shareMask"),
      }),
    [messages, entry.title, say],
  );
  const left = shared && [
    say("sharePrompt"),
    ...(shared.files > 0 ? [say("shareFiles", { n: shared.files })] : []),
    ...(shared.passages > 0 ? [say("sharePassages", { n: shared.passages })] : []),
    ...(shared.masked > 0 ? [say("shareMasked", { n: shared.masked })] : []),
  ];
  return (
    <Dialog
      title={say("shareTitle")}
      isWide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("close")}</Button>
          {shared && <CopyButton look="primary" text={shared.text} />}
        </>
      }
    >
      <p>{say("shareHelp")}</p>
      {history.problem && !messages && <ProblemNote problem={history.problem} onRetry={history.reload} />}
      {!messages && !history.problem && <Skeleton label={sayUI("loading")} />}
      {shared && left && (
        <>
          <pre className="code-block chat-share" tabIndex={0} aria-label={say("shareText")}>
            {shared.text}
          </pre>
          <div>
            <p className="field-help">{say("shareLeft")}</p>
            <ul className="chat-share-left">
              {left.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </div>
        </>
      )}
    </Dialog>
  );
}
