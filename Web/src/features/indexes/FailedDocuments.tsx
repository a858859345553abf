import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { DocumentReply, FailedDocumentReply } from "../../api/types.js";
import { problemLine } from "../../i18n/server.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemWords } from "../../ui/ProblemNote.js";
import { Ago, Table } from "../../ui/Table.js";
import { toast } from "../../ui/toasts.js";
import { indexWords } from "./words.js";

interface Props {
  readonly failed: readonly FailedDocumentReply[];
  readonly documents: readonly DocumentReply[];
  readonly onChanged: () => void;
}

/** Documents that the index could not take in: each with its reason, to be tried again or taken off the list. */
export function FailedDocuments({ failed, documents, onChanged }: Props) {
  const say = useWords(indexWords);
  const format = useFormat();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const names = new Set(documents.map(({ name }) => name));
  const retryable = failed.filter((each) => each.can_retry);
  const retry = async (some: readonly FailedDocumentReply[]) => {
    setBusy(new Set(some.map((each) => each.document_id)));
    for (const each of some) {
      try {
        await ask("POST /api/documents/{document_id}/retry", { path: { document_id: each.document_id } });
        toast(say("takenIn", { name: each.name }));
      } catch (error) {
        // Why is told at its line; of several that fail each has one.
        if (some.length === 1) toast(`${each.name}: ${problemLine(asProblem(error))}`, { isBad: true });
      }
    }
    setBusy(new Set());
    onChanged();
  };
  const forget = async (each: FailedDocumentReply) => {
    try {
      await ask("DELETE /api/documents/{document_id}", { path: { document_id: each.document_id } });
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
    onChanged();
  };
  return (
    <div className="index-failed">
      <div className="index-failed-head">
        <strong role="status">
          <Icon name="warning" /> {say("failed", { n: failed.length })}
        </strong>
        {retryable.length > 1 && (
          <Button look="quiet" icon="retry" isBusy={busy.size > 0} onClick={() => void retry(retryable)}>
            {say("retryAll", { n: retryable.length })}
          </Button>
        )}
      </div>
      <p className="field-help">{say("failedHelp")}</p>
      <Table
        rows={failed}
        keyOf={(each) => each.document_id}
        caption={say("failed", { n: failed.length })}
        columns={[
          {
            title: say("name"),
            cell: (each) => (
              <>
                <span className="table-name">{each.name}</span>
                <div className="index-failed-reason">
                  <ProblemWords problem={{ code: each.code, message: each.error, hint: each.hint }} />
                  {!each.can_retry && <p className="note-hint">{say("addItAgain")}</p>}
                  {names.has(each.name) && <p className="note-hint">{say("earlierStays")}</p>}
                </div>
              </>
            ),
          },
          { title: say("size"), isNumber: true, cell: (each) => (each.size > 0 ? format.bytes(each.size) : "–") },
          { title: say("tried"), cell: (each) => <Ago at={each.tried_at} /> },
        ]}
        actions={(each) => (
          <>
            {each.can_retry && (
              <IconButton
                icon="retry"
                label={say("retryIt", { name: each.name })}
                disabled={busy.size > 0}
                onClick={() => void retry([each])}
              />
            )}
            <IconButton icon="trash" label={say("forgetIt", { name: each.name })} onClick={() => void forget(each)} />
          </>
        )}
      />
    </div>
  );
}
