import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { DocumentReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { problemLine, useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Ago, Table } from "../../ui/Table.js";
import { toast } from "../../ui/toasts.js";
import { DocumentReader } from "./DocumentReader.js";
import { indexWords } from "./words.js";

/** Rows shown at once. */
const PAGE = 100;

export function DocumentTable({ documents, onChanged }: { documents: readonly DocumentReply[]; onChanged: () => void }) {
  const say = useWords(indexWords);
  const format = useFormat();
  const sayServer = useServerSentence();
  const [query, setQuery] = useState("");
  const [count, setCount] = useState(PAGE);
  const [opened, setOpened] = useState<DocumentReply>();
  const [removed, setRemoved] = useState<DocumentReply>();
  const askAgain = async ({ document_id }: DocumentReply) => {
    try {
      await ask("POST /api/documents/{document_id}/retry", { path: { document_id } });
      toast(say("askedAgain"));
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
    onChanged();
  };
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = documents.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  return (
    <>
      {documents.length > 12 && (
        <input
          className="input"
          type="search"
          aria-label={say("find2")}
          placeholder={say("find2")}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      )}
      {fitting.length === 0 && <p className="field-help">{say("noneNamed")}</p>}
      {fitting.length > 0 && (
        <Table
          rows={fitting.slice(0, count)}
          className="index-documents"
          keyOf={(each) => each.document_id}
          columns={[
            {
              title: say("name"),
              cell: (each) => (
                <>
                  <button
                    type="button"
                    className="table-name index-document"
                    aria-label={say("openDocument", { name: each.name })}
                    onClick={() => setOpened(each)}
                  >
                    {each.name}
                  </button>
                  {each.refused != null && (
                    <span className="table-sub">
                      {say("refused", { n: each.refused })} {sayServer(each.refusal ?? "")}
                    </span>
                  )}
                </>
              ),
            },
            { title: say("kind"), cell: (each) => say(each.kind) },
            { title: say("passages"), isNumber: true, cell: (each) => format.number(each.passages) },
            { title: say("size"), isNumber: true, cell: (each) => format.bytes(each.size) },
            { title: say("added"), cell: (each) => <Ago at={each.created_at} /> },
          ]}
          actions={(each) => (
            <>
              {each.refused != null && (
                <IconButton icon="retry" label={say("askAgain", { name: each.name })} onClick={() => void askAgain(each)} />
              )}
              <IconButton icon="trash" label={`${say("takeOut")}: ${each.name}`} onClick={() => setRemoved(each)} />
            </>
          )}
        />
      )}
      {fitting.length > count && (
        <Button look="quiet" icon="down" onClick={() => setCount(count + PAGE)}>
          {say("showMore")}
        </Button>
      )}
      {opened && <DocumentReader document={opened} onClose={() => setOpened(undefined)} />}
      {removed && (
        <Confirm
          title={say("removeDocument", { name: removed.name })}
          action={say("takeOut")}
          onClose={() => setRemoved(undefined)}
          onConfirm={async () => {
            await ask("DELETE /api/documents/{document_id}", { path: { document_id: removed.document_id } });
            toast(say("takenOut"));
            onChanged();
          }}
        >
          <p>{say("removeDocumentHelp")}</p>
        </Confirm>
      )}
    </>
  );
}
