import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { DatasetReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Section } from "../../ui/Page.js";
import { State } from "../../ui/State.js";
import { Ago, Table } from "../../ui/Table.js";
import { DatasetActions } from "./DatasetActions.js";
import { datasetWords } from "./words.js";
import { uiWords } from "../../ui/words.js";

/** The files of this one's name: what each holds, and which trainings used it. */
export function Versions({ file, onRemoved }: { file: DatasetReply; onRemoved: () => void }) {
  const say = useWords(datasetWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const versions = useResource("GET /api/files/datasets/{file_id}/versions", { path: { file_id: file.file_id } }, [
    "dataset.added",
    "dataset.deleted",
    "task.changed",
  ], 2_000);
  const all = versions.data?.versions ?? [];
  if (all.length === 0 || (all.length === 1 && all[0]?.tasks.length === 0)) return null;
  return (
    <Section title={say("versionsTitle")}>
      <p className="page-sub">{say("versionsHelp")}</p>
      <Table
        rows={all}
        keyOf={({ dataset }) => dataset.file_id}
        columns={[
          {
            title: say("versionColumn"),
            cell: ({ dataset }) => (
              <>
                {dataset.file_id === file.file_id ? (
                  <strong>{say("version", { n: dataset.version })}</strong>
                ) : (
                  <Link className="table-name" to={`/app/datasets/${dataset.file_id}`}>
                    {say("version", { n: dataset.version })}
                  </Link>
                )}{" "}
                {dataset === all[0]?.dataset && all.length > 1 && <State tone="good">{say("newest")}</State>}
                {dataset.file_id === file.file_id && all.length > 1 && <State tone="idle">{say("shown")}</State>}
                <span className="table-sub mono versions-hash" title={dataset.content_hash}>
                  {dataset.content_hash.slice(0, 12)}…
                </span>
              </>
            ),
          },
          { title: say("rows"), isNumber: true, cell: ({ dataset }) => format.number(dataset.rows) },
          { title: say("size"), isNumber: true, cell: ({ dataset }) => format.bytes(dataset.size) },
          { title: say("added"), cell: ({ dataset }) => <Ago at={dataset.created_at} /> },
          {
            title: say("usedIn"),
            cell: ({ tasks }) => (
              <span className="versions-used">
                {tasks.length === 0
                  ? say("usedNowhere")
                  : tasks.slice(0, 5).map((task, place) => (
                      <span key={task.task_id}>
                        {place > 0 && sayUI("comma")}
                        <Link to={`/app/tasks/${task.task_id}`}>{task.name}</Link>
                      </span>
                    ))}
                {tasks.length > 5 && (
                  <>
                    {sayUI("comma")}
                    <span className="option">{say("usedMore", { n: tasks.length - 5 })}</span>
                  </>
                )}
              </span>
            ),
          },
        ]}
        actions={({ dataset }) => (
          <DatasetActions
            file={dataset}
            onRemoved={() => (dataset.file_id === file.file_id ? onRemoved() : versions.reload())}
          />
        )}
      />
    </Section>
  );
}
