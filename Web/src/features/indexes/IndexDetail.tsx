import { useState } from "react";
import { useResource } from "../../api/resource.js";
import { navigate } from "../../app/router.js";
import type { PageProps } from "../../app/routes.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Empty, PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { AddDocuments } from "./AddDocuments.js";
import { DocumentTable } from "./DocumentTable.js";
import { FailedDocuments } from "./FailedDocuments.js";
import "./indexes.css";
import { RemoveIndex } from "./RemoveIndex.js";
import { Reranker } from "./Reranker.js";
import { TryQuestion } from "./TryQuestion.js";
import { Vectors } from "./Vectors.js";
import { indexWords } from "./words.js";

/** One index: its documents, more of them, and what it finds. */
export default function IndexDetail({ params }: PageProps) {
  const say = useWords(indexWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const path = { index_id: params.id ?? "" };
  const index = useResource("GET /api/indexes/{index_id}", { path });
  const documents = useResource("GET /api/indexes/{index_id}/documents", { path });
  const [isRemoving, setRemoving] = useState(false);
  const reload = () => {
    index.reload();
    documents.reload();
  };
  const parent = { to: "/app/indexes", name: say("title") };
  const { data } = index;
  if (!data) {
    const isGone = index.problem?.status === 404;
    return (
      <div className="page">
        <PageHead title={isGone ? say("gone") : say("title")} parent={parent} />
        {isGone ? (
          <Empty title={say("gone")} actions={<ButtonLink to="/app/indexes">{say("title")}</ButtonLink>} />
        ) : index.problem ? (
          <ProblemNote problem={index.problem} onRetry={index.reload} />
        ) : (
          <Skeleton label={sayUI("loading")} lines={6} />
        )}
      </div>
    );
  }
  const list = documents.data?.documents;
  const failed = documents.data?.failed;
  const facts = {
    documents: data.documents,
    passages: data.passages,
    size: format.bytes(data.size),
  };
  return (
    <div className="page">
      <PageHead
        title={data.name}
        sub={data.documents > 0 ? say("facts", facts) : say("noDocuments")}
        parent={parent}
        actions={
          <>
            {data.documents > 0 && (
              <ButtonLink to={`/app/chat?index=${encodeURIComponent(data.name)}`} look="primary" icon="chat">
                {say("chat")}
              </ButtonLink>
            )}
            <Button icon="trash" onClick={() => setRemoving(true)}>
              {say("remove")}
            </Button>
          </>
        }
      />
      <Vectors index={data} onLook={index.reload} />
      <Reranker index={data} onChanged={index.reload} />
      {data.documents > 0 && (
        <Section title={say("search")}>
          <TryQuestion indexID={data.index_id} />
        </Section>
      )}
      <Section title={say("documents")}>
        <AddDocuments indexID={data.index_id} onAdded={reload} />
        {documents.problem && !list && <ProblemNote problem={documents.problem} onRetry={documents.reload} />}
        {list && failed && failed.length > 0 && <FailedDocuments failed={failed} documents={list} onChanged={reload} />}
        {list && list.length > 0 && <DocumentTable documents={list} onChanged={reload} />}
      </Section>
      {isRemoving && (
        <RemoveIndex
          index={data}
          onClose={() => setRemoving(false)}
          onRemoved={() => navigate("/app/indexes", { replace: true })}
        />
      )}
    </div>
  );
}
