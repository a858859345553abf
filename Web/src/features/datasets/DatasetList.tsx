import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { State } from "../../ui/State.js";
import { Ago, Table } from "../../ui/Table.js";
import { uiWords } from "../../ui/words.js";
import { SampleButton } from "../home/SampleButton.js";
import { DatasetActions } from "./DatasetActions.js";
import "./datasets.css";
import { Uploads } from "./Uploads.js";
import { families } from "./families.js";
import { datasetWords, formatWord } from "./words.js";

export default function DatasetList() {
  const say = useWords(datasetWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const datasets = useResource("GET /api/files/datasets", {}, ["dataset.added", "dataset.deleted"]);
  const files = datasets.data?.files;
  return (
    <div className="page">
      <PageHead title={say("title")} sub={say("sub")} />
      <Uploads />
      {datasets.problem && !files && <ProblemNote problem={datasets.problem} onRetry={datasets.reload} />}
      {!files && !datasets.problem && <Skeleton label={sayUI("loading")} lines={4} />}
      {files?.length === 0 && (
        <Empty title={say("none")} actions={<SampleButton onTaken={datasets.reload} />}>
          {say("noneHelp")}
        </Empty>
      )}
      {files && files.length > 0 && (
        <Table
          rows={families(files)}
          keyOf={({ file }) => file.file_id}
          columns={[
            {
              title: say("name"),
              cell: ({ file, older }) => (
                <>
                  <Link className="table-name" to={`/app/datasets/${file.file_id}`}>
                    {file.name}
                  </Link>
                  <span className="table-sub">
                    {say(formatWord(file.format))}
                    {older.length > 0 && ` · ${say("version", { n: file.version })}, ${say("versions", { n: older.length + 1 })}`}
                  </span>
                </>
              ),
            },
            { title: say("rows"), isNumber: true, cell: ({ file }) => format.number(file.rows) },
            {
              title: say("problems"),
              cell: ({ file }) =>
                file.problem_count > 0 ? (
                  <State tone="waiting" icon="warning">
                    {format.number(file.problem_count)}
                  </State>
                ) : (
                  <State tone="good">{say("clean")}</State>
                ),
            },
            { title: say("size"), isNumber: true, cell: ({ file }) => format.bytes(file.size) },
            { title: say("added"), cell: ({ file }) => <Ago at={file.created_at} /> },
          ]}
          actions={({ file }) => <DatasetActions file={file} onRemoved={datasets.reload} />}
        />
      )}
    </div>
  );
}
