import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { IndexReply } from "../../api/types.js";
import { Link, navigate } from "../../app/router.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import "./indexes.css";
import { RemoveIndex } from "./RemoveIndex.js";
import { indexWords } from "./words.js";

export default function IndexList() {
  const say = useWords(indexWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const indexes = useResource("GET /api/indexes", {});
  const [isMaking, setMaking] = useState(false);
  const [removed, setRemoved] = useState<IndexReply>();
  const list = indexes.data?.indexes;
  const make = (
    <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
      {say("create")}
    </Button>
  );
  return (
    <div className="page">
      <PageHead title={say("title")} sub={say("sub")} actions={list && list.length > 0 ? make : undefined} />
      {indexes.problem && !list && <ProblemNote problem={indexes.problem} onRetry={indexes.reload} />}
      {!list && !indexes.problem && <Skeleton label={sayUI("loading")} lines={4} />}
      {list?.length === 0 && (
        <Empty title={say("none")} actions={make}>
          {say("noneHelp")}
        </Empty>
      )}
      {list && list.length > 0 && (
        <div className="table-wrap">
          <table className="table table-stack">
            <thead>
              <tr>
                <th scope="col">{say("name")}</th>
                <th scope="col" className="number">
                  {say("documents")}
                </th>
                <th scope="col" className="number">
                  {say("passages")}
                </th>
                <th scope="col" className="number">
                  {say("size")}
                </th>
                <th scope="col">{say("added")}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {list.map((index) => (
                <tr key={index.index_id}>
                  <td>
                    <Link className="table-name" to={`/app/indexes/${index.index_id}`}>
                      {index.name}
                    </Link>
                  </td>
                  <td className="number" data-label={say("documents")}>
                    {format.number(index.documents)}
                  </td>
                  <td className="number" data-label={say("passages")}>
                    {format.number(index.passages)}
                  </td>
                  <td className="number" data-label={say("size")}>
                    {format.bytes(index.size)}
                  </td>
                  <td data-label={say("added")}>
                    <time dateTime={index.created_at} title={format.dateTime(index.created_at)}>
                      {format.ago(index.created_at)}
                    </time>
                  </td>
                  <td>
                    <div className="table-actions">
                      <IconButton icon="trash" label={say("removeIt", { name: index.name })} onClick={() => setRemoved(index)} />
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isMaking && <NewIndex onClose={() => setMaking(false)} />}
      {removed && <RemoveIndex index={removed} onClose={() => setRemoved(undefined)} onRemoved={indexes.reload} />}
    </div>
  );
}

function NewIndex({ onClose }: { onClose: () => void }) {
  const say = useWords(indexWords);
  const sayUI = useWords(uiWords);
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const make = async () => {
    if (isBusy || name.trim() === "") return;
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await ask("POST /api/indexes", { body: { name: name.trim() } });
      onClose();
      navigate(`/app/indexes/${made.index_id}`);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const said = saidOf(problem, "name");
  return (
    <Dialog
      title={say("create")}
      onClose={onClose}
      onSubmit={() => void make()}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("createIt")}
          </Button>
        </>
      }
    >
      <TextField
        label={say("name")}
        help={say("nameHelp")}
        error={said}
        maxLength={64}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {problem && !said && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
