import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { ConversationReply, UpdateConversationRequest } from "../../api/types.js";
import { navigate } from "../../app/router.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Confirm } from "../../ui/Confirm.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { changedConversations } from "./changes.js";
import { forgetConversation } from "./conversation.js";
import { saveAnswer } from "./files.js";
import { ShareDialog } from "./ShareDialog.js";
import { fileName } from "./text.js";
import { chatWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

/** What can be done with a conversation. */
export function ConversationMenu(props: { entry: ConversationReply; onChange: () => void; isChosen: boolean }) {
  const { entry, isChosen } = props;
  const say = useWords(chatWords);
  const [dialog, setDialog] = useState<"rename" | "tags" | "share" | "delete">();
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
          { label: say("share"), icon: "copy", onSelect: () => setDialog("share") },
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
      {dialog === "share" && <ShareDialog entry={entry} onClose={close} />}
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
  const form = useSubmission();
  const save = () =>
    form.send(async () => {
      await props.onSave(text.trim());
      props.onClose();
    });
  const said = saidOf(form.problem, props.field);
  return (
    <FormDialog
      title={props.title}
      onClose={props.onClose}
      form={form}
      action={sayUI("save")}
      saidAt={[props.field]}
      onSubmit={() => void save()}
    >
      <TextField
        label={props.label}
        help={props.help}
        value={text}
        autoFocus
        maxLength={1_100}
        error={said}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
