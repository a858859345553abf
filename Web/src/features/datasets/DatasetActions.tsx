import { useState } from "react";
import { navigate } from "../../app/router.js";
import { ask, asProblem, open } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import type { DatasetReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Confirm } from "../../ui/Confirm.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { save } from "../../ui/save.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { trainingWith } from "./training.js";
import { datasetWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

/** What can be done with a file. */
export function DatasetActions({ file, onRemoved }: { file: DatasetReply; onRemoved: () => void }) {
  const say = useWords(datasetWords);
  const sayUI = useWords(uiWords);
  const [isAsking, setAsking] = useState(false);
  const path = { file_id: file.file_id };
  const title = file.version > 1 ? `${file.name}, ${say("version", { n: file.version })}` : file.name;
  const detail = useResource("GET /api/files/datasets/{file_id}", isAsking ? { path } : undefined);
  const tasks = useResource("GET /api/tasks", isAsking ? { query: { limit: 500 } } : undefined);
  const used = (tasks.data?.tasks ?? []).filter((task) => detail.data?.used_by.includes(task.task_id));
  const download = async () => {
    try {
      const answer = await open("GET /api/files/datasets/{file_id}/download", { path });
      save(await answer.blob(), file.filename, true);
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
  };
  return (
    <>
      <Menu
        label={`${sayUI("more")}: ${title}`}
        isEnd
        items={[
          { label: say("train"), icon: "play", onSelect: () => navigate(trainingWith(file)) },
          { label: say("download"), icon: "download", onSelect: () => void download() },
          { label: say("remove"), icon: "trash", isDanger: true, onSelect: () => setAsking(true) },
        ]}
      >
        <Icon name="more" />
      </Menu>
      {isAsking && (
        <Confirm
          title={say("removeIt", { name: title })}
          action={say("remove")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await ask("DELETE /api/files/datasets/{file_id}", { path });
            toast(say("removed"));
            onRemoved();
          }}
        >
          <p>{say("removeHelp")}</p>
          {used.length > 0 && (
            <div className="note note-warn">
              <Icon name="warning" />
              <div>
                {say("usedBy")}
                {sayUI("colon")}
                {used.map(({ name }) => name).join(sayUI("comma"))}
              </div>
            </div>
          )}
        </Confirm>
      )}
    </>
  );
}
