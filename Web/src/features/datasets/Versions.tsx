import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { DatasetReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Section } from "../../ui/Page.js";
import { State } from "../../ui/State.js";
import { DatasetActions } from "./DatasetActions.js";
import { datasetWords } from "./words.js";

/** The files of this one's name: what each holds, and which trainings used it. */
export function Versions({ file, onRemoved }: { file: DatasetReply; onRemoved: () => void }) {
  const say = useWords(datasetWords);
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
      <div className="table-wrap">
        <table className="table table-stack">
          <thead>
            <tr>
              <th scope="col">{say("versionsTitle")}</th>
              <th scope="col" className="number">
                {say("rows")}
              </th>
              <th scope="col" className="number">
                {say("size")}
              </th>
              <th scope="col">{say("added")}</th>
              <th scope="col">{say("usedIn")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {all.map(({ dataset, tasks }, index) => (
              <tr key={dataset.file_id}>
                <td>
                  {dataset.file_id === file.file_id ? (
                    <strong>{say("version", { n: dataset.version })}</strong>
                  ) : (
                    <Link className="table-name" to={`/app/datasets/${dataset.file_id}`}>
                      {say("version", { n: dataset.version })}
                    </Link>
                  )}{" "}
                  {index === 0 && all.length > 1 && <State tone="good">{say("newest")}</State>}
                  {dataset.file_id === file.file_id && all.length > 1 && <State tone="idle">{say("shown")}</State>}
                  <span className="table-sub mono" title={dataset.content_hash}>
                    {dataset.content_hash.slice(0, 12)}…
                  </span>
                </td>
                <td className="number" data-label={say("rows")}>
                  {format.number(dataset.rows)}
                </td>
                <td className="number" data-label={say("size")}>
                  {format.bytes(dataset.size)}
                </td>
                <td data-label={say("added")}>
                  <time dateTime={dataset.created_at} title={format.dateTime(dataset.created_at)}>
                    {format.ago(dataset.created_at)}
                  </time>
                </td>
                <td data-label={say("usedIn")}>
                  {tasks.length === 0
                    ? say("usedNowhere")
                    : tasks.slice(0, 5).map((task, place) => (
                        <span key={task.task_id}>
                          {place > 0 && ", "}
                          <Link to={`/app/tasks/${task.task_id}`}>{task.name}</Link>
                        </span>
                      ))}
                  {tasks.length > 5 && ` +${tasks.length - 5}`}
                </td>
                <td>
                  <div className="table-actions">
                    <DatasetActions
                      file={dataset}
                      onRemoved={() => (dataset.file_id === file.file_id ? onRemoved() : versions.reload())}
                    />
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
