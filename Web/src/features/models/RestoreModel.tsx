import { useState } from "react";
import { ask, asProblem, open } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ModelReply, RestoreEvent } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { Select, TextField } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { follow } from "./following.js";
import { modelWords } from "./words.js";

/** Makes a model of an archive on a host; closing the dialog ends nothing, and asking again joins in. */
export function RestoreModel(props: { record: ModelReply; onClose: () => void; onRestored: (model: ModelReply) => void }) {
  const { record } = props;
  const say = useWords(modelWords);
  const sayUI = useWords(uiWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const known = useResource("GET /api/hosts", {});
  const hosts = known.data?.hosts.filter((each) => each.reachable) ?? [];
  const [chosen, setChosen] = useState<string>();
  const [name, setName] = useState(`${record.name.slice(0, 90)}-restored`);
  const [told, setTold] = useState<RestoreEvent>();
  const [problem, setProblem] = useState<Problem>();
  const isBusy = told !== undefined;
  const path = { model_id: record.model_id };
  const host = chosen ?? (hosts.find((each) => each.host_id === record.host_id) ?? hosts[0])?.host_id;

  const restore = async () => {
    if (isBusy || host === undefined) return;
    setProblem(undefined);
    setTold({});
    try {
      const body = { host_id: host, ...(name.trim() ? { name: name.trim() } : {}) };
      const answer = await open("POST /api/files/models/{model_id}/restore", { path, body });
      const model = await follow(answer, setTold, (end: RestoreEvent) => end.model);
      toast(say("restoredIt", { name: model.name }));
      props.onRestored(model);
    } catch (error) {
      setTold(undefined);
      setProblem(asProblem(error));
    }
  };
  const stop = () => ask("DELETE /api/files/models/{model_id}/restore", { path }).catch((error) => setProblem(asProblem(error)));
  return (
    <Dialog
      title={say("restoreIt", { name: record.name })}
      onClose={props.onClose}
      onSubmit={() => void restore()}
      actions={
        <>
          {told?.total && (
            <Button look="danger" icon="stop" onClick={() => void stop()}>
              {say("restoreStop")}
            </Button>
          )}
          <Button onClick={props.onClose}>{isBusy ? sayUI("close") : sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={host === undefined}>
            {say("restoreNow")}
          </Button>
        </>
      }
    >
      <p>{say("restoreHelp")}</p>
      {known.problem && <ProblemNote problem={known.problem} onRetry={known.reload} />}
      {known.data && hosts.length === 0 && (
        <div className="note note-warn" role="status">
          <Icon name="warning" />
          <div>
            <p>{say("restoreNowhere")}</p>
            <p className="note-hint">{say("restoreNowhereHelp")}</p>
          </div>
        </div>
      )}
      <Select label={say("host")} value={host ?? ""} disabled={isBusy || hosts.length === 0} onChange={(event) => setChosen(event.target.value)}>
        {hosts.map((each) => (
          <option key={each.host_id} value={each.host_id}>
            {sayServer(each.name)}
          </option>
        ))}
      </Select>
      <TextField
        label={say("mergeName")}
        value={name}
        maxLength={100}
        disabled={isBusy}
        onChange={(event) => setName(event.target.value)}
      />
      {told && (
        <div className="model-merge" role="status">
          <span className="page-sub number">
            {told.total ? say("ofSize", { done: format.bytes(told.done ?? 0), size: format.bytes(told.total) }) : say("restoring")}
          </span>
          <Progress label={say("restore")} value={told.total ? Math.min(1, (told.done ?? 0) / told.total) : undefined} />
          <p className="page-sub">{say("mergeGoesOn")}</p>
        </div>
      )}
      {problem && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
