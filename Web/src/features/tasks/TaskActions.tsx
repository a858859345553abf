import { useState } from "react";
import { navigate } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { TaskReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Icon, type IconName } from "../../ui/Icon.js";
import { Menu, type MenuItem } from "../../ui/Menu.js";
import { toast } from "../../ui/toasts.js";
import { isActive } from "./taskWords.js";
import { taskWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

type Question = "cancel" | "remove";

interface Props {
  readonly task: TaskReply;
  readonly onChange: () => void;
  readonly onRemoved?: () => void;
  /** Whether what is done with it most has buttons of its own: to cancel one that goes on, to resume or run anew one that came to nothing, to change one. */
  readonly hasButton?: boolean;
}

/** What can be done with a task: a menu, and the questions before what cannot be taken back. */
export function TaskActions({ task, onChange, onRemoved, hasButton = false }: Props) {
  const say = useWords(taskWords);
  const [question, setQuestion] = useState<Question>();
  const path = { task_id: task.task_id };

  const retry = async (resume: boolean) => {
    try {
      await ask("POST /api/tasks/{task_id}/retry", { path, body: { resume } });
      onChange();
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
  };

  const isGoing = isActive(task);
  const first: MenuItem & { readonly icon: IconName } = isGoing
    ? { label: say("cancel"), icon: "stop", onSelect: () => setQuestion("cancel") }
    : { label: say("retry"), icon: "retry", onSelect: () => void retry(false) };
  const isSeen = hasButton && task.status !== "completed";
  const mayResume = !isGoing && task.status !== "completed";
  // One that never came to a step has nothing to go on from.
  const isResumeSeen = hasButton && mayResume && (task.progress?.step ?? 0) > 0;
  const copied = `/app/tasks/new?from=${task.task_id}`;
  const isCopySeen = hasButton && !isGoing;
  const items: MenuItem[] = [
    ...(isSeen ? [] : [first]),
    ...(mayResume && !isResumeSeen ? [{ label: say("resume"), icon: "play" as const, onSelect: () => void retry(true) }] : []),
    ...(isCopySeen ? [] : [{ label: say("copy"), icon: "copy" as const, onSelect: () => navigate(copied) }]),
    ...(isGoing ? [] : [{ label: say("remove"), icon: "trash" as const, isDanger: true, onSelect: () => setQuestion("remove") }]),
  ];
  return (
    <>
      {isResumeSeen && (
        <Button look="primary" icon="play" onClick={() => void retry(true)}>
          {say("resume")}
        </Button>
      )}
      {isSeen && (
        <Button icon={first.icon} onClick={first.onSelect}>
          {first.label}
        </Button>
      )}
      {isCopySeen && (
        <ButtonLink to={copied} icon="copy">
          {say("copy")}
        </ButtonLink>
      )}
      <Menu label={say("actions", { name: task.name })} items={items} isEnd>
        <Icon name="more" />
      </Menu>
      {question === "cancel" && (
        <Confirm
          title={say("cancelTask", { name: task.name })}
          action={say("cancelDo")}
          dismiss={say("keep")}
          onClose={() => setQuestion(undefined)}
          onConfirm={async () => {
            await ask("POST /api/tasks/{task_id}/cancel", { path });
            onChange();
          }}
        >
          <p>{say("cancelHelp")}</p>
        </Confirm>
      )}
      {question === "remove" && (
        <Confirm
          title={say("removeTask", { name: task.name })}
          action={say("remove")}
          onClose={() => setQuestion(undefined)}
          onConfirm={async () => {
            await ask("DELETE /api/tasks/{task_id}", { path });
            toast(say("removed"));
            (onRemoved ?? onChange)();
          }}
        >
          <p>{say("removeHelp")}</p>
        </Confirm>
      )}
    </>
  );
}
