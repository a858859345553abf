import { useState } from "react";
import { Link, navigate } from "../../app/router.js";
import type { PageProps } from "../../app/routes.js";
import { useResource } from "../../api/resource.js";
import type { DatasetDetailReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { ButtonLink } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { DatasetActions } from "./DatasetActions.js";
import "./datasets.css";
import { Lengths } from "./Lengths.js";
import { Rendered } from "./Rendered.js";
import { turns } from "./rows.js";
import { Versions } from "./Versions.js";
import { trainingWith } from "./training.js";
import { datasetWords, formatWord } from "./words.js";
import { useServerSentence } from "../../i18n/server.js";

/** A training file: what was found in it, and its first rows as a reader takes them. */
export default function DatasetDetail({ params }: PageProps) {
  const say = useWords(datasetWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const [isRaw, setRaw] = useState(false);
  const detail = useResource("GET /api/files/datasets/{file_id}", { path: { file_id: params["id"] ?? "" } }, ["task.changed"], 2_000);
  const parent = { to: "/app/datasets", name: say("title") };
  const { data } = detail;
  if (!data) {
    return (
      <div className="page">
        <PageHead title={say("title")} parent={parent} />
        {detail.problem ? <ProblemNote problem={detail.problem} onRetry={detail.reload} /> : <Skeleton label={sayUI("loading")} lines={6} />}
      </div>
    );
  }
  const file = data.dataset;
  return (
    <div className="page">
      <PageHead
        title={file.name}
        parent={parent}
        sub={[say(formatWord(file.format)), ...(file.version > 1 ? [say("version", { n: file.version })] : [])].join(" · ")}
        actions={
          <>
            <ButtonLink to={trainingWith(file)} look="primary" icon="play">
              {say("train")}
            </ButtonLink>
            <DatasetActions file={file} onRemoved={() => navigate("/app/datasets", { replace: true })} />
          </>
        }
      />
      <dl className="facts card">
        <Fact name={say("rows")} value={format.number(file.rows)} />
        <Fact name={say("size")} value={format.bytes(file.size)} />
        <Fact name={say("added")} value={format.dateTime(file.created_at)} />
        {data.columns.length > 0 && <Fact name={say("columns")} value={data.columns.join(", ")} />}
        <Fact name={say("hash")} value={`${file.content_hash.slice(0, 12)}…`} title={file.content_hash} />
      </dl>
      {data.used_by.length > 0 && (
        <div className="note">
          <Icon name="info" />
          <div>
            {say("usedBy")}
            {sayUI("colon")}
            <Users tasks={data.used_by} />
          </div>
        </div>
      )}
      <Problems detail={data} />
      <Versions file={file} onRemoved={() => navigate("/app/datasets", { replace: true })} />
      {data.lengths && <Lengths lengths={data.lengths} rows={file.rows} />}
      {file.format !== "unknown" && file.rows > 0 && <Rendered id={file.file_id} rows={file.rows} format={file.format} />}
      {data.preview.length > 0 && (
        <Section
          title={say("preview")}
          actions={
            <label className="rows-raw">
              <input type="checkbox" checked={isRaw} onChange={(event) => setRaw(event.currentTarget.checked)} />
              {say("raw")}
            </label>
          }
        >
          <ol className="rows">
            {data.preview.map((row, index) => (
              <Row key={index} row={row} number={index + 1} isRaw={isRaw} />
            ))}
          </ol>
        </Section>
      )}
    </div>
  );
}

/** The unfinished trainings that use a file, by name. */
function Users({ tasks }: { tasks: readonly string[] }) {
  const sayUI = useWords(uiWords);
  const known = useResource("GET /api/tasks", { query: { limit: 500 } });
  return (
    <>
      {tasks.map((id, index) => (
        <span key={id}>
          {index > 0 && sayUI("comma")}
          <Link to={`/app/tasks/${id}`}>{known.data?.tasks.find((task) => task.task_id === id)?.name ?? id}</Link>
        </span>
      ))}
    </>
  );
}

function Fact({ name, value, title }: { name: string; value: string; title?: string }) {
  return (
    <div>
      <dt>{name}</dt>{" "}
      <dd title={title}>{value}</dd>
    </div>
  );
}

function Problems({ detail }: { detail: DatasetDetailReply }) {
  const say = useWords(datasetWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const { problems, dataset } = detail;
  return (
    <Section title={say("problemsTitle")}>
      {problems.length === 0 ? (
        <p className="rows-clean">
          <Icon name="check" /> {say("noProblems")}
        </p>
      ) : (
        <>
          {dataset.problem_count > problems.length && (
            <p className="page-sub">{say("problemsMore", { n: format.number(problems.length), all: format.number(dataset.problem_count) })}</p>
          )}
          <div className="table-wrap">
            <table className="table table-stack">
              <thead>
                <tr>
                  <th scope="col" className="number">
                    {say("line")}
                  </th>
                  <th scope="col" className="number">
                    {say("column")}
                  </th>
                  <th scope="col">{say("what")}</th>
                </tr>
              </thead>
              <tbody>
                {problems.map((problem, index) => (
                  <tr key={index}>
                    <td className="number" data-label={say("line")}>
                      <div className="table-both">
                        {format.number(problem.line)}
                        {typeof problem.row === "number" && <span className="table-sub">{say("row", { n: format.number(problem.row) })}</span>}
                      </div>
                    </td>
                    <td className="number" data-label={say("column")}>
                      {format.number(problem.column)}
                    </td>
                    <td>
                      <span>
                        <Coded text={sayServer(problem.message)} />
                      </span>
                      <span className="table-sub">
                        <Coded text={sayServer(problem.hint ?? "")} />
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Section>
  );
}

function Row({ row, number, isRaw }: { row: string; number: number; isRaw: boolean }) {
  const say = useWords(datasetWords);
  const found = turns(row);
  const showsRaw = isRaw || found.length === 0;
  return (
    <li className="card row">
      <span className="row-number number">{number}</span>
      {showsRaw ? (
        <pre className="code-block" tabIndex={0}>
          {row}
        </pre>
      ) : (
        <dl className="row-turns">
          {found.map((turn, index) => (
            <div key={index} className="row-turn" data-role={turn.role}>
              <dt>{say(turn.role)}</dt>
              <dd>{turn.text}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
