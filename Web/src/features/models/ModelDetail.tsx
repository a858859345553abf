import { useRef, useState } from "react";
import { Link, navigate, useQuery } from "../../app/router.js";
import { asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ListedModelReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { lastPart } from "../../ui/lastPart.js";
import { Empty, PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { uiWords } from "../../ui/words.js";
import { datasetWords } from "../datasets/words.js";
import { Archive } from "./Archive.js";
import { Engine } from "./Engine.js";
import { downloadModel } from "./downloads.js";
import { ModelActions } from "./ModelActions.js";
import { MODEL_EVENTS } from "./ModelList.js";
import "./models.css";
import { isRewardModel } from "./purpose.js";
import { ModelState } from "./ModelState.js";
import { modelWords } from "./words.js";

/** A model: how it stands, where it comes from, its checkpoints and its files. */
export default function ModelDetail() {
  const say = useWords(modelWords);
  const sayUI = useWords(uiWords);
  const name = useQuery().get("name") ?? "";
  const models = useResource("GET /api/models", {}, MODEL_EVENTS, 1_000);
  const own = useResource("GET /api/files/models", {}, ["model.added", "model.changed", "model.deleted"]);
  const model = models.data?.models.find((each) => each.name === name || each.model_id === name);
  const record = own.data?.models.find((each) => each.model_id === model?.model_id);
  // A model that nobody lists has no identifier: it is no one's parent.
  const from = model?.merged_from ? models.data?.models.find((each) => each.model_id === model.merged_from) : undefined;
  const parent = { to: "/app/models", name: say("title") };
  if (!model) {
    return (
      <div className="page">
        <PageHead title={name} parent={parent} />
        {models.problem && <ProblemNote problem={models.problem} onRetry={models.reload} />}
        {models.data ? <Empty title={say("noneFound")} /> : !models.problem && <Skeleton label={sayUI("loading")} lines={6} />}
      </div>
    );
  }
  return (
    <div className="page">
      <PageHead
        title={model.name}
        parent={parent}
        sub={<ModelState model={model} />}
        actions={
          <ModelActions
            model={model}
            onChange={models.reload}
            isOwn={record !== undefined}
            onRemoved={() => navigate("/app/models", { replace: true })}
          />
        }
      />
      {isRewardModel(model) && (
        <div className="note">
          <Icon name="info" />
          <div>
            <p>{say("rewardModelFor")}</p>
            <p className="note-hint">{say(model.kind === "adapter" ? "rewardAdapterUse" : "rewardModelUse")}</p>
          </div>
        </div>
      )}
      <Facts model={model} path={record?.model_path} from={from} />
      {record && !isRewardModel(model) && <Engine record={record} onChange={own.reload} />}
      {(model.checkpoints?.length ?? 0) > 0 && <Checkpoints model={model} />}
      {record && <Files modelID={record.model_id} name={record.name} />}
      {record && (
        <Archive
          record={record}
          onRestored={(restored) => navigate(`/app/models/view?name=${encodeURIComponent(restored.name)}`)}
        />
      )}
    </div>
  );
}

function Facts(props: { model: ListedModelReply; path: string | undefined; from: ListedModelReply | undefined }) {
  const { model, path, from } = props;
  const say = useWords(modelWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const hosts = useResource("GET /api/hosts", {});
  const host = sayServer(hosts.data?.hosts.find((each) => each.host_id === model.host)?.name ?? model.host ?? "") || undefined;
  const { lineage } = model;
  // One that was deleted is not found: the way there then says so.
  const task = useResource("GET /api/tasks/{task_id}", lineage ? { path: { task_id: lineage.task_id } } : undefined);
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [say("kind"), model.kind ? say(model.kind) : undefined],
    [say("size"), model.size > 0 ? format.bytes(model.size) : undefined],
    [say("host"), host],
    [say("modified"), model.type === "external" ? undefined : format.dateTime(model.modified)],
    [say("basedOn"), model.base && <span title={model.base}>{lastPart(model.base)}</span>],
    [say("mergedFrom"), from && <Link to={`/app/models/view?name=${encodeURIComponent(from.name)}`}>{from.name}</Link>],
    [say("path"), path && <span className="mono">{path}</span>],
  ];
  return (
    <>
      <dl className="facts card model-facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name} className={name === say("path") ? "model-path" : undefined}>
              <dt>{name}</dt>{" "}
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {lineage && (
        <Section title={say("lineage")}>
          <ol className="lineage">
            {model.base && (
              <li>
                <span className="lineage-kind">{say("base")}</span>
                <span className="mono">{model.base}</span>
              </li>
            )}
            <li>
              <span className="lineage-kind">{say("lineageData", { n: lineage.dataset_hashes.length })}</span>
              <DataFiles hashes={lineage.dataset_hashes} />
            </li>
            <li>
              <span className="lineage-kind">{say("lineageTask", { n: lineage.attempt })}</span>
              <Link to={`/app/tasks/${lineage.task_id}`}>{task.data?.name ?? say("details")}</Link>
            </li>
            <li aria-current="true">
              <span className="lineage-kind">{model.name}</span>
            </li>
          </ol>
        </Section>
      )}
    </>
  );
}

/** What it learned from: the files by name, with the way there; of one that is deleted, its hash is all that is known. */
function DataFiles({ hashes }: { hashes: readonly string[] }) {
  const sayUI = useWords(uiWords);
  const sayData = useWords(datasetWords);
  const datasets = useResource("GET /api/files/datasets", {}, ["dataset.added", "dataset.deleted"]);
  const files = datasets.data?.files ?? [];
  return (
    <span>
      {hashes.map((hash, place) => {
        const file = files.find((each) => each.content_hash === hash);
        return (
          <span key={hash}>
            {place > 0 && sayUI("comma")}
            {file ? (
              <Link to={`/app/datasets/${file.file_id}`} title={hash}>
                {file.name}
                {files.some((each) => each !== file && each.name === file.name) && ` · ${sayData("version", { n: file.version })}`}
              </Link>
            ) : (
              <span className="mono" title={hash}>
                {hash.slice(0, 12)}
              </span>
            )}
          </span>
        );
      })}
    </span>
  );
}

function Checkpoints({ model }: { model: ListedModelReply }) {
  const say = useWords(modelWords);
  const format = useFormat();
  return (
    <Section title={say("checkpoints")}>
      <div className="table-wrap">
        <table className="table table-stack">
          <thead>
            <tr>
              <th scope="col">{say("checkpoint")}</th>
              <th scope="col" className="number">
                {say("size")}
              </th>
              <th scope="col">{say("modified")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {[...(model.checkpoints ?? [])].reverse().map((checkpoint) => (
              <tr key={checkpoint.name}>
                <td>
                  {say("step")} {format.number(checkpoint.step)}
                </td>
                <td className="number" data-label={say("size")}>
                  {format.bytes(checkpoint.size)}
                </td>
                <td data-label={say("modified")}>{format.dateTime(checkpoint.modified)}</td>
                <td>
                  {!isRewardModel(model) && (
                    <div className="table-actions">
                      <Link to={`/app/chat?model=${encodeURIComponent(`${model.name}/${checkpoint.name}`)}`}>{say("chat")}</Link>
                    </div>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Files({ modelID, name }: { modelID: string; name: string }) {
  const say = useWords(modelWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const files = useResource("GET /api/files/models/{model_id}/files", { path: { model_id: modelID } });
  const [bytes, setBytes] = useState<number>();
  const [problem, setProblem] = useState<Problem>();
  const end = useRef<AbortController>();
  const list = files.data?.files;
  const total = list?.reduce((sum, file) => sum + file.size, 0) ?? 0;

  const download = async () => {
    setProblem(undefined);
    const abort = (end.current = new AbortController());
    let shown = 0;
    try {
      await downloadModel(
        modelID,
        name,
        (count) => {
          // A frame at most: a fast line gives thousands of pieces a second.
          if (Date.now() - shown < 100) return;
          shown = Date.now();
          setBytes(count);
        },
        abort.signal,
      );
    } catch (error) {
      if (!isAbort(error)) setProblem(asProblem(error));
    }
    setBytes(undefined);
  };

  return (
    <Section
      title={say("files")}
      actions={
        bytes === undefined ? (
          <Button icon="download" onClick={() => void download()}>
            {say("download")}
          </Button>
        ) : (
          <Button icon="stop" onClick={() => end.current?.abort()}>
            {say("stopDownload")}
          </Button>
        )
      }
    >
      {bytes !== undefined && (
        <div className="task-progress">
          <Progress value={total > 0 ? Math.min(1, bytes / total) : undefined} label={say("download")} />
          <p className="model-note number">{say("downloading", { share: format.bytes(bytes), size: format.bytes(total) })}</p>
        </div>
      )}
      {problem && <ProblemNote problem={problem} />}
      {files.problem && !list && <ProblemNote problem={files.problem} onRetry={files.reload} />}
      {!list && !files.problem && <Skeleton label={sayUI("loading")} />}
      {list && (
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{say("name")}</th>
                <th scope="col" className="number">
                  {say("size")}
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((file) => (
                <tr key={file.name}>
                  <td className="mono">{file.name}</td>
                  <td className="number">{format.bytes(file.size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
