import { useState } from "react";
import { Link } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ListedModelReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Empty, PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { ModelActions } from "./ModelActions.js";
import "./models.css";
import { ModelState } from "./ModelState.js";
import { GROUPS, groupWords } from "./groups.js";
import { useModelName } from "./names.js";
import { modelWords } from "./words.js";
import { useServerSentence } from "../../i18n/server.js";
import { Facts } from "../../ui/Facts.js";

export const MODEL_EVENTS = ["model.added", "model.changed", "model.deleted", "service.changed"];

export default function ModelList() {
  const say = useWords(modelWords);
  const sayServer = useServerSentence();
  const sayUI = useWords(uiWords);
  const sayGroup = useWords(groupWords);
  const nameOf = useModelName();
  const titleOf = (model: ListedModelReply) => (model.type === "external" ? nameOf(model.name) : model.name);
  const [word, setWord] = useState("");
  const [isScanning, setScanning] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const models = useResource("GET /api/models", {}, MODEL_EVENTS, 1_000);
  const own = useResource("GET /api/files/models", {}, ["model.added", "model.changed", "model.deleted"]);
  const hosts = useResource("GET /api/hosts", {});
  const hostName = (id: string) => sayServer(hosts.data?.hosts.find((host) => host.host_id === id)?.name ?? id);
  const all = models.data?.models;
  const shown = all?.filter((model) => titleOf(model).toLowerCase().includes(word.trim().toLowerCase())) ?? [];

  const scan = async () => {
    setScanning(true);
    setProblem(undefined);
    try {
      const { hosts } = await ask("POST /api/models/scan");
      toast(say("scanned", { n: hosts.reduce((sum, host) => sum + host.models, 0) }));
      for (const host of hosts) {
        if (!host.complete) toast(host.problem ? sayServer(host.problem) : say("scanIncomplete", { host: host.name }), { isBad: true });
      }
      models.reload();
    } catch (error) {
      setProblem(asProblem(error));
    }
    setScanning(false);
  };

  return (
    <div className="page">
      <PageHead
        title={say("title")}
        sub={say("sub")}
        actions={
          <Button icon="retry" isBusy={isScanning} onClick={() => void scan()}>
            {say("scan")}
          </Button>
        }
      />
      {problem && <ProblemNote problem={problem} />}
      {models.problem && !all && <ProblemNote problem={models.problem} onRetry={models.reload} />}
      {!all && !models.problem && <Skeleton label={sayUI("loading")} lines={6} />}
      {all?.length === 0 && (
        <Empty title={say("none")} actions={<ButtonLink to="/app/tasks/new">{say("train")}</ButtonLink>}>
          {say("noneHelp")}
        </Empty>
      )}
      {all && all.length > 8 && (
        <input
          className="input models-search"
          type="search"
          aria-label={say("search")}
          placeholder={say("search")}
          value={word}
          onChange={(event) => setWord(event.currentTarget.value)}
        />
      )}
      {word && shown.length === 0 && <Empty title={say("noneFound")} />}
      {GROUPS.map((group) => {
        const members = shown.filter((model) => model.type === group);
        if (members.length === 0) return null;
        return (
          <Section key={group} title={sayGroup(group)}>
            <ul className="models">
              {members.map((model) => (
                <Entry
                  key={model.model_id ?? model.name}
                  model={model}
                  title={titleOf(model)}
                  host={model.host ? (model.host === "local" ? say("onHere") : say("on", { host: hostName(model.host) })) : undefined}
                  isOwn={own.data?.models.some((each) => each.model_id === model.model_id) === true}
                  onChange={models.reload}
                />
              ))}
            </ul>
          </Section>
        );
      })}
    </div>
  );
}

function Entry(props: { model: ListedModelReply; title: string; host: string | undefined; isOwn: boolean; onChange: () => void }) {
  const { model, title, host } = props;
  const say = useWords(modelWords);
  const format = useFormat();
  const facts = [
    model.kind ? say(model.kind) : "",
    model.size > 0 ? format.bytes(model.size) : "",
    host ?? "",
    model.type === "external" ? "" : format.ago(model.modified),
  ].filter(Boolean);
  return (
    <li className="card model">
      <div className="model-words">
        <h3>
          {model.type === "external" ? (
            title
          ) : (
            <Link className="table-name" to={`/app/models/view?name=${encodeURIComponent(model.name)}`}>
              {model.name}
            </Link>
          )}
        </h3>
        {facts.length > 0 && (
          <p className="model-note number">
            <Facts of={facts} />
          </p>
        )}
      </div>
      <ModelState model={model} />
      <ModelActions model={model} onChange={props.onChange} isOwn={props.isOwn} />
    </li>
  );
}
