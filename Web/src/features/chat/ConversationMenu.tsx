import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { ConversationReply, UpdateConversationRequest } from "../../api/types.js";
import { navigate } from "../../app/router.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { changedConversations } from "./changes.js";
import { forgetConversation } from "./conversation.js";
import { saveAnswer } from "./files.js";
import { fileName } from "./text.js";
import { chatWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

/** What can be done with a conversation. */
export function ConversationMenu(props: { entry: ConversationReply; onChange: () => void; isChosen: boolean }) {
  const { entry, isChosen } = props;
  const say = useWords(chatWords);
  const [dialog, setDialog] = useState<"rename" | "tags" | "delete">();
  const path = { session_id: entry.session_id };
  const change = async (body: UpdateConversationRequest) => {
    await ask("PATCH /conversations/{session_id}", { path, body });
    changedConversations();
  };
  const quietly = (work: Promise<unknown>) => void work.catch((error: unknown) => toast(problemLine(asProblem(error)), { isBad: true }));
  const close = () => setDialog(undefined);
  return (
    <>
      <Menu
        label={say("actionsOf", { title: entry.title })}
        items={[
          { label: say("rename"), icon: "edit", onSelect: () => setDialog("rename") },
          { label: entry.pinned ? say("unpin") : say("pin"), icon: "pin", onSelect: () => quietly(change({ pinned: !entry.pinned })) },
          { label: say("editTags"), icon: "tag", onSelect: () => setDialog("tags") },
          {
            label: entry.archived ? say("takeBack") : say("putAway"),
            icon: "archive",
            onSelect: () => quietly(change({ archived: !entry.archived })),
          },
          {
            label: say("exportMarkdown"),
            icon: "download",
            onSelect: () => quietly(saveAnswer("GET /conversations/{session_id}/export.md", path, fileName(entry.title, "md"))),
          },
          {
            label: say("exportJSON"),
            icon: "download",
            onSelect: () => quietly(saveAnswer("GET /conversations/{session_id}/export", path, fileName(entry.title, "json"))),
          },
          { label: say("remove"), icon: "trash", isDanger: true, onSelect: () => setDialog("delete") },
        ]}
      >
        <Icon name="more" />
      </Menu>
      {dialog === "rename" && (
        <Change title={say("renameTitle")} label={say("name")} field="title" value={entry.title} onClose={close} onSave={(title) => change({ title })} />
      )}
      {dialog === "tags" && (
        <Change
          title={say("tags")}
          label={say("tags")}
          help={say("tagsHelp")}
          field="tags"
          value={entry.tags.join(", ")}
          onClose={close}
          onSave={(text) => change({ tags: text.split(/[,，]/).map((tag) => tag.trim()).filter(Boolean) })}
        />
      )}
      {dialog === "delete" && (
        <Confirm
          title={say("removeTitle", { title: entry.title })}
          action={say("remove")}
          onClose={close}
          onConfirm={async () => {
            await ask("DELETE /conversations/{session_id}", { path });
            forgetConversation(entry.session_id);
            if (isChosen) navigate("/app/chat", { replace: true });
            toast(say("removed"));
            // When it is shown no more: else it would be read once again, and not be there.
            setTimeout(() => changedConversations());
          }}
        >
          <p>{say("removeHelp")}</p>
        </Confirm>
      )}
    </>
  );
}

/** One line of a conversation, changed. */
function Change(props: {
  title: string;
  label: string;
  help?: string;
  field: string;
  value: string;
  onSave: (text: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const sayUI = useWords(uiWords);
  const [text, setText] = useState(props.value);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const save = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await props.onSave(text.trim());
      props.onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const said = saidOf(problem, props.field);
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      onSubmit={() => void save()}
      actions={
        <>
          <Button onClick={props.onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {sayUI("save")}
          </Button>
        </>
      }
    >
      {problem && !said && <ProblemNote problem={problem} />}
      <TextField
        label={props.label}
        help={props.help}
        value={text}
        autoFocus
        maxLength={1_100}
        error={said}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </Dialog>
  );
}
