import { useState } from "react";
import { navigate } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { TaskReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Confirm } from "../../ui/Confirm.js";
import { Icon } from "../../ui/Icon.js";
import { Menu, type MenuItem } from "../../ui/Menu.js";
import { toast } from "../../ui/toasts.js";
import { isActive } from "./taskWords.js";
import { taskWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

type Question = "cancel" | "remove";

/** What can be done with a task: a menu, and the questions before what cannot be taken back. */
export function TaskActions({ task, onChange, onRemoved }: { task: TaskReply; onChange: () => void; onRemoved?: () => void }) {
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
  const items: MenuItem[] = [
    ...(isGoing
      ? [{ label: say("cancel"), icon: "stop" as const, onSelect: () => setQuestion("cancel") }]
      : [
          { label: say("retry"), icon: "retry" as const, onSelect: () => void retry(false) },
          ...(task.status === "completed" ? [] : [{ label: say("resume"), icon: "play" as const, onSelect: () => void retry(true) }]),
        ]),
    { label: say("copy"), icon: "copy", onSelect: () => navigate(`/app/tasks/new?from=${task.task_id}`) },
    ...(isGoing ? [] : [{ label: say("remove"), icon: "trash" as const, isDanger: true, onSelect: () => setQuestion("remove") }]),
  ];
  return (
    <>
      <Menu label={say("actions", { name: task.name })} items={items} isEnd>
        <Icon name="more" />
      </Menu>
      {question === "cancel" && (
        <Confirm
          title={say("cancelTask", { name: task.name })}
          action={say("cancel")}
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
