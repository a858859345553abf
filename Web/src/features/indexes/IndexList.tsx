import { useState } from "react";
import { useResource } from "../../api/resource.js";
import type { IndexReply } from "../../api/types.js";
import { Link } from "../../app/router.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Ago, Table } from "../../ui/Table.js";
import { uiWords } from "../../ui/words.js";
import "./indexes.css";
import { NewIndex } from "./NewIndex.js";
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
  const standing = ({ vectors, passages }: IndexReply) => {
    if (!vectors || vectors.embedded >= passages) return say("byMeaning");
    if (vectors.problem) return say("vectorsStopped");
    return say("hasVectors", { n: format.number(vectors.embedded), all: format.number(passages) });
  };
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
        <Table
          rows={list}
          keyOf={(index) => index.index_id}
          columns={[
            {
              title: say("name"),
              cell: (index) => (
                <>
                  <Link className="table-name" to={`/app/indexes/${index.index_id}`}>
                    {index.name}
                  </Link>
                  {index.vectors && <span className="table-sub">{standing(index)}</span>}
                  {index.failed > 0 && <span className="table-sub index-some-failed">{say("someFailed", { n: format.number(index.failed) })}</span>}
                </>
              ),
            },
            { title: say("documents"), isNumber: true, cell: (index) => format.number(index.documents) },
            { title: say("passages"), isNumber: true, cell: (index) => format.number(index.passages) },
            { title: say("size"), isNumber: true, cell: (index) => format.bytes(index.size) },
            { title: say("added"), cell: (index) => <Ago at={index.created_at} /> },
          ]}
          actions={(index) => <IconButton icon="trash" label={say("removeIt", { name: index.name })} onClick={() => setRemoved(index)} />}
        />
      )}
      {isMaking && <NewIndex onClose={() => setMaking(false)} />}
      {removed && <RemoveIndex index={removed} onClose={() => setRemoved(undefined)} onRemoved={indexes.reload} />}
    </div>
  );
}
